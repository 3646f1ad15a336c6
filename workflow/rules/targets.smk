# What is asked for by name. The jobs behind it are those of jobs.smk.


localrules:
    doctor,
    figures,
    power,
    trajectory,
    benchmark_table,
    report,
    reference,
    price,
    status,
    verify,


rule data_audit:
    input:
        unpack(ASK.needs(DataAudit)),
    output:
        **ASK.outputs(DataAudit),
    log:
        ASK.log(DataAudit),
    threads: max(1, ASK.cores // 2)
    resources:
        runtime=DataAudit.runtime,
    params:
        settings=ASK.settings(DataAudit),
        code=ASK.code(DataAudit),
        # The doctor's look is never that of an earlier call, because data change behind its back.
        asked=NOW,
    run:
        execute("passport", input, output, params, wildcards, threads, resources, log, config, rule)


# The page is no output, so that it is kept where the doctor ends in an error.
rule doctor:
    input:
        passports=ASK.audits,
    log:
        f"{PLAN.results}/logs/doctor.log",
    params:
        roots=ASK.roots,
        parts=ASK.parts,
        page=f"{PLAN.results}/doctor/index.html",
    run:
        execute("doctor", input, output, params, wildcards, threads, resources, log, config, rule)


for NUMBER in range(1, 7):

    rule:
        name:
            f"table{NUMBER}"
        input:
            ASK.table(NUMBER),


rule figures:
    input:
        ASK.figures,


# Price of deciding what the run leaves open.
rule power:
    input:
        ASK.power,


# Not part of `all`: mIoU against the length of translators' training.
rule trajectory:
    input:
        ASK.trajectory,


rule benchmark_table:
    input:
        MEASURED,
    output:
        multiext(f"{PLAN.results}/tables/benchmark", csv=".csv", md=".md", html=".html"),
    log:
        f"{PLAN.results}/logs/tables/benchmark.log",
    params:
        code=code_of("workflow/scripts/benchmark_table.py"),
    run:
        execute("benchmark_table", input, output, params, wildcards, threads, resources, log, config, rule)


rule report:
    input:
        unpack(ASK.needs(Report)),
        benchmark=rules.benchmark_table.output if MEASURED else [],
    output:
        **ASK.outputs(Report),
        page=report(PLAN.page, category="Report", caption="../report.rst"),
    log:
        ASK.log(Report),
    params:
        settings=ASK.settings(Report),
        code=ASK.code(Report),
    run:
        execute("report", input, output, params, wildcards, threads, resources, log, config, rule)


# Not part of `all`: keeps a finished run as the reference that is committed. Neither weights nor images but the figures.
rule reference:
    input:
        ASK.kept,
    output:
        directory("results/reference"),
    log:
        f"{PLAN.results}/logs/reference.log",
    params:
        results=lambda wildcards: PLAN.results,
    run:
        execute("reference", input, output, params, wildcards, threads, resources, log, config, rule)


# What the jobs of `all` that are still to run will cost. No output: it is asked anew each time.
rule price:
    input:
        trials=ASK.trials,
    log:
        f"{PLAN.results}/logs/price.log",
    params:
        results=lambda wildcards: PLAN.results,
        snakefile=workflow.main_snakefile,
        cores=ASK.cores,
        gpus=lambda wildcards: ASK.gpus_of_run(),
    run:
        execute("price", input, output, params, wildcards, threads, resources, log, config, rule)


# Reads only, and beside a living run too: it starts no job and its log stays empty.
rule status:
    log:
        ".snakemake/status.log",
    run:
        print("\n".join(ASK.status()), flush=True)


# Not part of `all`. No input, so that neither missing weights nor missing images start a training.
rule verify:
    log:
        f"{PLAN.results}/logs/verify.log",
    params:
        folder=PLAN.configuration.verify or PLAN.results,
    run:
        execute("verify", input, output, params, wildcards, threads, resources, log, config, rule)
