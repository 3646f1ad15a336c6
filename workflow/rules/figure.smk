# Figures after the paper's 2-6, training curves, per-class IoU and worst images. Each draws what other rules made.


rule figure:
    input:
        unpack(ASK.needs("figure")),
    output:
        **FILES["figure"],
    log:
        ASK.log("figure"),
    benchmark:
        ASK.benchmark("figure")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("figure"),
        code=ASK.code("figure"),
    script:
        "../scripts/figure.py"


rule figures:
    input:
        expand(FILES["figure"]["png"], figure=PLAN.figures),
