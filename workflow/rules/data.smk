# Data sets, procedural or real, their passports, and the views that everything else reads.


rule procedural_data:
    input:
        unpack(ASK.needs("procedural_data")),
    output:
        root=directory(FILES["procedural_data"]["root"]),
        record=FILES["procedural_data"]["record"],
    log:
        ASK.log("procedural_data"),
    benchmark:
        ASK.benchmark("procedural_data")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=600,
    params:
        settings=ASK.settings("procedural_data"),
        code=ASK.code("procedural_data"),
    script:
        "../scripts/procedural_data.py"


rule procedural_pairs:
    input:
        unpack(ASK.needs("procedural_pairs")),
    output:
        root=directory(FILES["procedural_pairs"]["root"]),
        record=FILES["procedural_pairs"]["record"],
    log:
        ASK.log("procedural_pairs"),
    benchmark:
        ASK.benchmark("procedural_pairs")
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("procedural_pairs"),
        code=ASK.code("procedural_pairs"),
    script:
        "../scripts/procedural_pairs.py"


rule passport:
    input:
        unpack(ASK.needs("passport")),
    output:
        **FILES["passport"],
    log:
        ASK.log("passport"),
    benchmark:
        ASK.benchmark("passport")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=ASK.settings("passport"),
        code=ASK.code("passport"),
    script:
        "../scripts/passport.py"


rule view:
    input:
        unpack(ASK.needs("view")),
    output:
        **FILES["view"],
    log:
        ASK.log("view"),
    benchmark:
        ASK.benchmark("view")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        mem_mb=8000,
        runtime=600,
    params:
        settings=ASK.settings("view"),
        code=ASK.code("view"),
    script:
        "../scripts/view.py"


# The doctor's look is never that of an earlier call, because data change behind its back.
rule data_audit:
    input:
        unpack(ASK.needs("data_audit")),
    output:
        **FILES["data_audit"],
    log:
        ASK.log("data_audit"),
    benchmark:
        ASK.benchmark("data_audit")
    conda:
        ENVIRONMENT
    threads: THREADS
    resources:
        mem_mb=2000,
        runtime=600,
    params:
        settings=ASK.settings("data_audit"),
        code=ASK.code("data_audit", "passport"),
        asked=NOW,
    script:
        "../scripts/passport.py"


# The page is kept even where the doctor ends in an error.
rule doctor_page:
    input:
        ASK.audits,
    output:
        f"{PLAN.results}/doctor/index.html",
    log:
        f"{PLAN.results}/logs/doctor/page.log",
    conda:
        ENVIRONMENT
    threads: 1
    params:
        parts=ASK.parts,
    script:
        "../scripts/doctor_page.py"


rule doctor:
    input:
        passports=ASK.audits,
        page=rules.doctor_page.output,
    log:
        f"{PLAN.results}/logs/doctor.log",
    conda:
        ENVIRONMENT
    threads: 1
    params:
        roots=ASK.roots,
    script:
        "../scripts/doctor.py"
