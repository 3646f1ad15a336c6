# Scores: segmentation on the target's validation split, FCN-Scores of translations, diagnostics, timing.


rule score:
    input:
        unpack(ASK.needs("score")),
    output:
        **FILES["score"],
    log:
        ASK.log("score"),
    benchmark:
        ASK.benchmark("score")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=480,
    params:
        settings=ASK.settings("score"),
        code=ASK.code("score"),
    script:
        "../scripts/score.py"


rule fidelity:
    input:
        unpack(ASK.needs("fidelity")),
    output:
        **FILES["fidelity"],
    log:
        ASK.log("fidelity"),
    benchmark:
        ASK.benchmark("fidelity")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=480,
    params:
        settings=ASK.settings("fidelity"),
        code=ASK.code("fidelity"),
    script:
        "../scripts/fidelity.py"


rule geometry:
    input:
        unpack(ASK.needs("geometry")),
    output:
        **FILES["geometry"],
    log:
        ASK.log("geometry"),
    benchmark:
        ASK.benchmark("geometry")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=480,
    params:
        settings=ASK.settings("geometry"),
        code=ASK.code("geometry"),
    script:
        "../scripts/geometry.py"


rule shift_card:
    input:
        unpack(ASK.needs("shift_card")),
    output:
        **FILES["shift_card"],
    log:
        ASK.log("shift_card"),
    benchmark:
        ASK.benchmark("shift_card")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=480,
    params:
        settings=ASK.settings("shift_card"),
        code=ASK.code("shift_card"),
    script:
        "../scripts/shift_card.py"


# All cores: nothing may run beside a timing.
rule timing:
    input:
        unpack(ASK.needs("timing")),
    output:
        **FILES["timing"],
    log:
        ASK.log("timing"),
    benchmark:
        ASK.benchmark("timing")
    conda:
        ENVIRONMENT
    threads: CORES
    resources:
        gpu=GPU,
        mem_mb=16000,
        runtime=60,
    params:
        settings=ASK.settings("timing"),
        code=ASK.code("timing"),
    script:
        "../scripts/timing.py"
