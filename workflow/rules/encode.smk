# The semantic encoder of DA-KPN, trained alone at low resolution on source (S) or target (T) labels (paper 3.3).


rule encoder:
    input:
        view=lambda wildcards: view_of(wildcards.task, f"{base_of(wildcards.domain)}-train"),
    output:
        weights=f"{RESULTS}/encoder/{{task}}/{{domain}}/seed{{seed}}/weights.safetensors",
        history=f"{RESULTS}/encoder/{{task}}/{{domain}}/seed{{seed}}/history.csv",
        cost=f"{RESULTS}/encoder/{{task}}/{{domain}}/seed{{seed}}/cost.json",
    log:
        f"{LOGS}/encoder/{{task}}/{{domain}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/encoder/{{task}}/{{domain}}/seed{{seed}}.tsv"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        section=lambda wildcards: network_section("encoder", wildcards.domain),
        resolution=lambda wildcards: task_of(wildcards).low_size,
        code=code("dakpn.segmentation.training"),
    script:
        "../scripts/segmenter.py"
