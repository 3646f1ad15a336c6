# Tables 1-6 and others, each from exactly the rows it shows: asking for one table runs what it needs.


rule table:
    input:
        unpack(ASK.needs("table")),
    output:
        **FILES["table"],
    log:
        ASK.log("table"),
    benchmark:
        ASK.benchmark("table")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("table"),
        code=ASK.code("table"),
    script:
        "../scripts/table.py"


rule timing_table:
    input:
        unpack(ASK.needs("timing_table")),
    output:
        **FILES["timing_table"],
    log:
        ASK.log("timing_table"),
    benchmark:
        ASK.benchmark("timing_table")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("timing_table"),
        code=ASK.code("timing_table"),
    script:
        "../scripts/timing_table.py"


rule segmenter_table:
    input:
        unpack(ASK.needs("segmenter_table")),
    output:
        **FILES["segmenter_table"],
    log:
        ASK.log("segmenter_table"),
    benchmark:
        ASK.benchmark("segmenter_table")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("segmenter_table"),
        code=ASK.code("segmenter_table"),
    script:
        "../scripts/segmenter_table.py"


rule supplement:
    input:
        unpack(ASK.needs("supplement")),
    output:
        **FILES["supplement"],
    log:
        ASK.log("supplement"),
    benchmark:
        ASK.benchmark("supplement")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("supplement"),
        code=ASK.code("supplement"),
    script:
        "../scripts/supplement.py"


rule claims:
    input:
        unpack(ASK.needs("claims")),
    output:
        **FILES["claims"],
    log:
        ASK.log("claims"),
    benchmark:
        ASK.benchmark("claims")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("claims"),
        code=ASK.code("claims"),
    script:
        "../scripts/claims.py"


# Not part of `all`: what single settings of training are worth, one changed at a time.
rule sensitivity:
    input:
        unpack(ASK.needs("sensitivity")),
    output:
        **FILES["sensitivity"],
    log:
        ASK.log("sensitivity"),
    benchmark:
        ASK.benchmark("sensitivity")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("sensitivity"),
        code=ASK.code("sensitivity"),
    script:
        "../scripts/sensitivity.py"


rule benchmark_table:
    input:
        MEASURED,
    output:
        multiext(f"{PLAN.results}/tables/benchmark", csv=".csv", md=".md", html=".html"),
    log:
        f"{PLAN.results}/logs/tables/benchmark.log",
    benchmark:
        f"{PLAN.results}/benchmarks/tables/benchmark.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    params:
        code=code_of(f"{SCRIPTS}/benchmark_table.py"),
    script:
        "../scripts/benchmark_table.py"


rule table1:
    input:
        ASK.table(1),


rule table2:
    input:
        ASK.table(2),


rule table3:
    input:
        ASK.table(3),


rule table4:
    input:
        ASK.table(4),


rule table5:
    input:
        ASK.table(5),


rule table6:
    input:
        ASK.table(6),
