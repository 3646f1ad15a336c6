# Scores: segmentation on the target's validation split, FCN-Scores of translations, fidelity, shift card, timing.

SCORES = f"{RESULTS}/score/{{kind}}/{{task}}/{{method}}/{{resolution}}/seed{{seed}}"


def judge_of(wildcards):
    """The method whose segmenter makes a score: the scored one itself, or `target`, the judge of FCN-Scores."""
    return "target" if wildcards.kind == "fcn_score" else wildcards.method


def scored_by(wildcards):
    """Weights of the segmenter that makes a score: the method's own, or the judge trained on the target (FCN-Score)."""
    return expand(
        rules.segmenter.output.weights,
        task=wildcards.task,
        method=judge_of(wildcards),
        resolution=wildcards.resolution,
        seed=wildcards.seed,
    )


def scored_on(wildcards):
    """View that a score is measured on: the target's validation split, or the translations (FCN-Score)."""
    if wildcards.kind == "segmentation":
        return view_of(wildcards.task, "target-validation")
    return expand(rules.translation.output.view, task=wildcards.task, method=wildcards.method, seed=wildcards.seed)


def truth_of(wildcards):
    """View of the labels that translations are compared with, where they are not those that the translator knew."""
    judged = wildcards.kind == "fcn_score" and has_own_truth(wildcards.task)
    return view_of(wildcards.task, "source-scored") if judged else []


def evaluation_of(wildcards):
    """How a score job compares: void pixels are a matter of FCN-Scores on streets."""
    section = CONFIG.evaluation
    road = wildcards.kind == "fcn_score" and task_of(wildcards).source.reader == "gta5" and section.void == "road"
    return {"resize": section.resize, "void": "road" if road else "ignored"}


rule score:
    input:
        weights=scored_by,
        view=scored_on,
        truth=truth_of,
    output:
        scores=f"{SCORES}/scores.csv",
        classes=f"{SCORES}/classes.csv",
        confusion=f"{SCORES}/confusion.npz",
        predictions=f"{SCORES}/predictions.npz",
        cost=f"{SCORES}/cost.json",
    log:
        f"{LOGS}/score/{{kind}}/{{task}}/{{method}}/{{resolution}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/score/{{kind}}/{{task}}/{{method}}/{{resolution}}/seed{{seed}}.tsv"
    wildcard_constraints:
        kind="segmentation|fcn_score",
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        section=lambda wildcards: network_section("segmenter", judge_of(wildcards)),
        space=lambda wildcards: task_of(wildcards).target.reader,
        evaluation=evaluation_of,
        samples=CONFIG.report.samples,
        code=code("dakpn.segmentation.evaluation"),
    script:
        "../scripts/score.py"


rule fidelity:
    input:
        source=lambda wildcards: view_of(wildcards.task, "paired-source"),
        target=lambda wildcards: view_of(wildcards.task, "paired-target"),
        translations=lambda wildcards: expand(
            rules.translation.output.paired,
            task=wildcards.task,
            method=methods_of(wildcards.task),
            seed=wildcards.seed,
        ),
        judge=lambda wildcards: expand(
            rules.segmenter.output.weights,
            task=wildcards.task,
            method="target",
            resolution=name_of(task_of(wildcards).resolutions[0]),
            seed=wildcards.seed,
        ),
    output:
        rows=f"{RESULTS}/score/fidelity/{{task}}/seed{{seed}}/fidelity.csv",
        cost=f"{RESULTS}/score/fidelity/{{task}}/seed{{seed}}/cost.json",
    log:
        f"{LOGS}/score/fidelity/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/score/fidelity/{{task}}/seed{{seed}}.tsv"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        section=network_section("segmenter"),
        resolution=lambda wildcards: task_of(wildcards).resolutions[0],
        methods=lambda wildcards: methods_of(wildcards.task),
        code=code("dakpn.diagnostics.fidelity"),
    script:
        "../scripts/fidelity.py"


def certified(wildcards, path):
    """{method: file} for the methods of a task that have such a file: their weights or their encoder's."""
    seed = {"task": wildcards.task, "seed": wildcards.seed}
    if path == "weights":
        methods = filter(is_trained, methods_of(wildcards.task))
        return {method: rules.translator.output.weights.format(method=method, **seed) for method in methods}
    methods = [method for method in methods_of(wildcards.task) if METHODS[method].encoder]
    return {method: rules.encoder.output.weights.format(domain=METHODS[method].encoder, **seed) for method in methods}


rule geometry:
    input:
        source=rules.fidelity.input.source,
        target=rules.fidelity.input.target,
        translations=rules.fidelity.input.translations,
        judge=rules.fidelity.input.judge,
        weights=lambda wildcards: list(certified(wildcards, "weights").values()),
        encoders=lambda wildcards: sorted(set(certified(wildcards, "encoder").values())),
    output:
        rows=f"{RESULTS}/score/geometry/{{task}}/seed{{seed}}/geometry.csv",
        maps=f"{RESULTS}/score/geometry/{{task}}/seed{{seed}}/maps.npz",
        cost=f"{RESULTS}/score/geometry/{{task}}/seed{{seed}}/cost.json",
    log:
        f"{LOGS}/score/geometry/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/score/geometry/{{task}}/seed{{seed}}.tsv"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        section=network_section("segmenter"),
        resolution=lambda wildcards: task_of(wildcards).resolutions[0],
        translators=lambda wildcards: {
            method: built_from(wildcards.task, method) for method in methods_of(wildcards.task)
        },
        weights=lambda wildcards: certified(wildcards, "weights"),
        encoders=lambda wildcards: certified(wildcards, "encoder"),
        code=code("dakpn.diagnostics.geometry"),
    script:
        "../scripts/geometry.py"


rule shift_card:
    input:
        weights=lambda wildcards: expand(
            rules.segmenter.output.weights,
            task=wildcards.task,
            method="identity",
            resolution=name_of(task_of(wildcards).resolutions[-1]),
            seed=wildcards.seed,
        ),
    output:
        rows=f"{RESULTS}/score/shift/{{task}}/seed{{seed}}/shift.csv",
        cost=f"{RESULTS}/score/shift/{{task}}/seed{{seed}}/cost.json",
    log:
        f"{LOGS}/score/shift/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/score/shift/{{task}}/seed{{seed}}.tsv"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        section=network_section("segmenter"),
        resolution=lambda wildcards: task_of(wildcards).resolutions[-1],
        size=lambda wildcards: task_of(wildcards).image_size,
        scenes=CONFIG.procedural.shift,
        scene_seed=CONFIG.procedural.seed,
        code=code("dakpn.diagnostics.shift_card"),
    script:
        "../scripts/shift_card.py"


rule timing:
    input:
        source=view_of(CONFIG.timing.task, "source-train"),
        target=view_of(CONFIG.timing.task, "target-train"),
    output:
        rows=f"{RESULTS}/timing/{{method}}.csv",
    log:
        f"{LOGS}/timing/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/timing/{{method}}.tsv"
    # All cores: nothing may run beside a timing.
    threads: CORES
    resources:
        gpu=GPU,
    params:
        **RUN,
        section=CONFIG.timing.model_dump(mode="json"),
        translator=lambda wildcards: {
            "method": method_section(wildcards.method),
            "encoder": network_section("encoder"),
            "image_size": CONFIG.tasks[CONFIG.timing.task].image_size,
            "low_size": CONFIG.tasks[CONFIG.timing.task].low_size,
            "code": method_code(wildcards.method),
        },
    script:
        "../scripts/timing.py"
