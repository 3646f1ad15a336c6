# Data sets, procedural or real, and the views that everything else reads.


rule procedural_data:
    output:
        directory(f"{RESULTS}/data/{{dataset}}"),
    log:
        f"{LOGS}/data/{{dataset}}.log",
    benchmark:
        f"{BENCHMARKS}/data/{{dataset}}.tsv"
    threads: 1
    params:
        size=lambda wildcards: procedural_size(wildcards.dataset),
        section=CONFIG.procedural.model_dump(mode="json"),
        splits=lambda wildcards: procedural_splits(wildcards.dataset),
    script:
        "../scripts/procedural_data.py"


rule procedural_pairs:
    output:
        directory(f"{RESULTS}/data/pairs-{{task}}"),
    log:
        f"{LOGS}/data/pairs-{{task}}.log",
    benchmark:
        f"{BENCHMARKS}/data/pairs-{{task}}.tsv"
    threads: 1
    params:
        size=lambda wildcards: task_of(wildcards).image_size,
        section=CONFIG.procedural.model_dump(mode="json"),
    script:
        "../scripts/procedural_pairs.py"


rule view:
    input:
        lambda wildcards: data_of(wildcards.task, wildcards.part)["input"],
    output:
        directory(f"{RESULTS}/view/{{task}}/{{part}}"),
    log:
        f"{LOGS}/view/{{task}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/view/{{task}}/{{part}}.tsv"
    threads: 1
    params:
        data=lambda wildcards: data_of(wildcards.task, wildcards.part)["data"],
        image_size=lambda wildcards: task_of(wildcards).image_size,
        low_size=lambda wildcards: task_of(wildcards).low_size,
    script:
        "../scripts/view.py"


rule examine:
    input:
        lambda wildcards: data_of(wildcards.task, wildcards.part)["input"],
    output:
        f"{RESULTS}/doctor/{{task}}/{{part}}.csv",
    log:
        f"{LOGS}/doctor/{{task}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/doctor/{{task}}/{{part}}.tsv"
    threads: 1
    params:
        data=lambda wildcards: data_of(wildcards.task, wildcards.part)["data"],
    script:
        "../scripts/examine.py"


rule doctor:
    input:
        expand(
            rules.examine.output,
            task=CONFIG.tasks,
            part=["source-train", "target-train", "target-validation"],
        ),
