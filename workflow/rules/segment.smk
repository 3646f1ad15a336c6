# Downstream segmenters, one per method, resolution and seed; `target` is trained on real labels and is the judge.


rule segmenter:
    input:
        view=lambda wildcards: (
            view_of(wildcards.task, "target-train")
            if wildcards.method == "target"
            else expand(rules.translation.output.view, **wildcards)
        ),
    output:
        weights=f"{RESULTS}/segmenter/{{task}}/{{method}}/{{resolution}}/seed{{seed}}/weights.safetensors",
        history=f"{RESULTS}/segmenter/{{task}}/{{method}}/{{resolution}}/seed{{seed}}/history.csv",
        cost=f"{RESULTS}/segmenter/{{task}}/{{method}}/{{resolution}}/seed{{seed}}/cost.json",
    log:
        f"{LOGS}/segmenter/{{task}}/{{method}}/{{resolution}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/segmenter/{{task}}/{{method}}/{{resolution}}/seed{{seed}}.tsv"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        section=lambda wildcards: network_section("segmenter", wildcards.method),
        resolution=lambda wildcards: size_of(wildcards.resolution),
        code=code("dakpn.segmentation.training"),
    script:
        "../scripts/segmenter.py"
