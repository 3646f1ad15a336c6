# Translation methods: training, and translating the training set and the held-out scenes.


rule translator:
    input:
        unpack(ASK.needs("translator")),
    output:
        **FILES["translator"],
    log:
        ASK.log("translator"),
    benchmark:
        ASK.benchmark("translator")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=16000,
        runtime=7200,
    params:
        settings=ASK.settings("translator"),
        code=ASK.code("translator"),
    script:
        "../scripts/translator.py"


rule translation_shard:
    input:
        unpack(ASK.needs("translation_shard")),
    output:
        images=temp(directory(FILES["translation_shard"]["images"])),
    log:
        ASK.log("translation_shard"),
    benchmark:
        ASK.benchmark("translation_shard")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=1440,
    params:
        settings=ASK.settings("translation_shard"),
        code=ASK.code("translation_shard"),
    script:
        "../scripts/translation_shard.py"


rule translation:
    input:
        unpack(ASK.needs("translation")),
    output:
        **{name: path for name, path in FILES["translation"].items() if name != "images"},
        images=directory(FILES["translation"]["images"]),
    log:
        ASK.log("translation"),
    benchmark:
        ASK.benchmark("translation")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=1440,
    params:
        settings=ASK.settings("translation"),
        code=ASK.code("translation"),
    script:
        "../scripts/translation.py"
