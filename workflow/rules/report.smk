# Rows of the whole run, their provenance, and the page that shows everything.


rule collect_rows:
    input:
        unpack(ASK.needs("collect_rows")),
        benchmarks=ASK.benchmarks,
    output:
        **FILES["collect_rows"],
    log:
        ASK.log("collect_rows"),
    benchmark:
        ASK.benchmark("collect_rows")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("collect_rows"),
        code=ASK.code("collect_rows"),
    script:
        "../scripts/collect_rows.py"


rule report:
    input:
        unpack(ASK.needs("report")),
        benchmark=rules.benchmark_table.output if MEASURED else [],
    output:
        **FILES["report"],
        page=report(PLAN.page, category="Report", caption="../report.rst"),
    log:
        ASK.log("report"),
    benchmark:
        ASK.benchmark("report")
    conda:
        ENVIRONMENT
    threads: 1
    params:
        settings=ASK.settings("report"),
        code=ASK.code("report"),
    script:
        "../scripts/report.py"


# Not part of `all`: keeps a finished run as the reference that is committed. Neither weights nor images but the figures.
rule reference:
    input:
        ASK.kept,
    output:
        directory("results/reference"),
    log:
        f"{PLAN.results}/logs/reference.log",
    conda:
        ENVIRONMENT
    threads: 1
    params:
        results=lambda wildcards: PLAN.results,
    script:
        "../scripts/reference.py"


# Not part of `all`. No input, so that neither missing weights nor missing images start a training.
rule verify:
    log:
        f"{PLAN.results}/logs/verify.log",
    conda:
        ENVIRONMENT
    threads: 1
    params:
        folder=PLAN.configuration.verify or PLAN.results,
    script:
        "../scripts/verify.py"
