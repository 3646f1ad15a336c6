# The semantic encoder of DA-KPN, trained alone at low resolution on source (S) or target (T) labels (paper 3.3).


rule encoder:
    input:
        unpack(ASK.needs("encoder")),
    output:
        **FILES["encoder"],
    log:
        ASK.log("encoder"),
    benchmark:
        ASK.benchmark("encoder")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=1440,
    params:
        settings=ASK.settings("encoder"),
        code=ASK.code("encoder", "segmenter"),
    script:
        "../scripts/segmenter.py"
