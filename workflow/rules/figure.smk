# Figures after the paper's 2-6, training curves and per-class IoU. Each draws what other rules made; none computes.

FIGURE_LOG = f"{LOGS}/figures"
FIGURE_COST = f"{BENCHMARKS}/figures"


def shown(task):
    """Methods that a task's figures show: those of the tables but the untranslated source, which stands beside them."""
    return [method for method in CONFIG.tasks[task].methods if METHODS[method].trained]


def samples(task, methods):
    """Sample files of methods, of the first seed."""
    return expand(rules.translation.output.samples, task=task, method=methods, seed=CONFIG.seeds[0])


def figure_names():
    """The figures that this run's tasks and methods allow."""
    names = ["curves", "classes"]
    if "street" in CONFIG.tasks:
        names += ["figure2", "figure3", "figure4"]
    if "face" in CONFIG.tasks:
        names.append("figure5")
    if explained():
        names.append("figure6")
    names += [f"geometry-{task}" for task in CONFIG.tasks if is_paired(task)]
    return sorted(names, key=lambda name: (not name.startswith("figure"), name))


def explained():
    """(task, method) whose parameters Figure 6 shows: DA-KPN-T on faces as in the paper, else on what there is."""
    pairs = [(task, "dakpn-t") for task in ("face", "street") if task in CONFIG.tasks]
    return next(((task, method) for task, method in pairs if method in CONFIG.tasks[task].methods), None)


def translations_figure(task):
    """Input and params of a qualitative figure."""
    return {
        "samples": samples(task, shown(task)),
        "target": view_of(task, "target-validation"),
    }


def labels_of(methods):
    """How tables print methods."""
    return [METHODS[method].label if method in METHODS else "Target" for method in methods]


rule figure2:
    input:
        **translations_figure("street") if "street" in CONFIG.tasks else {},
    output:
        f"{RESULTS}/figures/figure2.png",
    log:
        f"{FIGURE_LOG}/figure2.log",
    benchmark:
        f"{FIGURE_COST}/figure2.tsv"
    threads: 1
    params:
        labels=labels_of(shown("street")) if "street" in CONFIG.tasks else [],
        code=code("dakpn.figures.zoom"),
    script:
        "../scripts/figure_zoom.py"


rule figure3:
    input:
        **translations_figure("street") if "street" in CONFIG.tasks else {},
    output:
        f"{RESULTS}/figures/figure3.png",
    log:
        f"{FIGURE_LOG}/figure3.log",
    benchmark:
        f"{FIGURE_COST}/figure3.tsv"
    threads: 1
    params:
        labels=labels_of(shown("street")) if "street" in CONFIG.tasks else [],
        code=code("dakpn.figures.qualitative"),
    script:
        "../scripts/figure_grid.py"


rule figure4:
    input:
        predictions=lambda wildcards: expand(
            rules.score.output.predictions,
            kind="segmentation",
            task="street",
            method=["identity", *shown("street"), "target"],
            resolution=table_resolutions(3)[-1],
            seed=CONFIG.seeds[0],
        ),
    output:
        f"{RESULTS}/figures/figure4.png",
    log:
        f"{FIGURE_LOG}/figure4.log",
    benchmark:
        f"{FIGURE_COST}/figure4.tsv"
    threads: 1
    params:
        labels=labels_of(["identity", *shown("street"), "target"]) if "street" in CONFIG.tasks else [],
        space=lambda wildcards: CONFIG.tasks["street"].target.reader,
        code=code("dakpn.figures.predictions"),
    script:
        "../scripts/figure_predictions.py"


rule figure5:
    input:
        **translations_figure("face") if "face" in CONFIG.tasks else {},
    output:
        f"{RESULTS}/figures/figure5.png",
    log:
        f"{FIGURE_LOG}/figure5.log",
    benchmark:
        f"{FIGURE_COST}/figure5.tsv"
    threads: 1
    params:
        labels=labels_of(shown("face")) if "face" in CONFIG.tasks else [],
        code=code("dakpn.figures.qualitative"),
    script:
        "../scripts/figure_grid.py"


rule figure6:
    input:
        samples=lambda wildcards: samples(*explained()),
    output:
        f"{RESULTS}/figures/figure6.png",
    log:
        f"{FIGURE_LOG}/figure6.log",
    benchmark:
        f"{FIGURE_COST}/figure6.tsv"
    threads: 1
    params:
        space=lambda wildcards: "celebamask-hq" if explained()[0] == "face" else "cityscapes",
        code=code("dakpn.figures.theta"),
    script:
        "../scripts/figure_theta.py"


rule curves:
    input:
        histories=[
            f"{RESULTS}/translator/{task}/{method}/seed{CONFIG.seeds[0]}/history.csv"
            for task in CONFIG.tasks
            for method in methods_of(task)
            if is_optimised(method)
        ],
    output:
        f"{RESULTS}/figures/curves.png",
    log:
        f"{FIGURE_LOG}/curves.log",
    benchmark:
        f"{FIGURE_COST}/curves.tsv"
    threads: 1
    params:
        labels=[
            f"{METHODS[method].label}, {task}"
            for task in CONFIG.tasks
            for method in methods_of(task)
            if is_optimised(method)
        ],
        code=code("dakpn.figures.curves"),
    script:
        "../scripts/figure_curves.py"


rule classes:
    input:
        classes=lambda wildcards: [
            path
            for task, number in (("street", 3), ("face", 4))
            if task in CONFIG.tasks
            for path in score_files(
                [job for job in scores_of(number) if job[3] == table_resolutions(number)[-1]], "classes"
            )
        ],
    output:
        f"{RESULTS}/figures/classes.png",
    log:
        f"{FIGURE_LOG}/classes.log",
    benchmark:
        f"{FIGURE_COST}/classes.tsv"
    threads: 1
    params:
        protocol=CONFIG.protocol,
        paper=str(PAPER),
        code=code("dakpn.figures.heatmap"),
    script:
        "../scripts/figure_classes.py"


rule certificate_maps:
    input:
        maps=lambda wildcards: expand(rules.geometry.output.maps, task=wildcards.task, seed=CONFIG.seeds[0]),
    output:
        f"{RESULTS}/figures/geometry-{{task}}.png",
    log:
        f"{FIGURE_LOG}/geometry-{{task}}.log",
    benchmark:
        f"{FIGURE_COST}/geometry-{{task}}.tsv"
    threads: 1
    params:
        space=lambda wildcards: task_of(wildcards).target.reader,
        labels={name: method.label for name, method in METHODS.items()},
        code=code("dakpn.figures.certificate"),
    script:
        "../scripts/figure_certificate.py"


rule figures:
    input:
        expand(f"{RESULTS}/figures/{{name}}.png", name=figure_names()),
