# Downstream segmenters, one per method, resolution, network and seed; the oracle learns from real labels and is the judge.


rule segmenter:
    input:
        unpack(ASK.needs("segmenter")),
    output:
        **FILES["segmenter"],
    log:
        ASK.log("segmenter"),
    benchmark:
        ASK.benchmark("segmenter")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=16000,
        runtime=4320,
    params:
        settings=ASK.settings("segmenter"),
        code=ASK.code("segmenter"),
    script:
        "../scripts/segmenter.py"
