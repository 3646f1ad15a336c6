# Data sets, procedural or real, and the views that everything else reads.


def procedural_size(dataset):
    """Image size that a procedural data set is drawn at: that of the task it serves."""
    return next(
        task.image_size for task in CONFIG.tasks.values() if dataset in (task.source.reader, task.target.reader)
    )


def procedural_splits(dataset):
    """Number of images per split of a procedural data set."""
    amount = CONFIG.procedural
    return {"train": amount.train, "val": amount.validation}


def data_of(task, part):
    """Where the part of a task lies: `input` for the rule (made data only), `data` for the reader."""
    if part == "source-scored":
        return scored_data(task)
    section = CONFIG.tasks[task]
    domain, split = part.split("-")
    if domain == "paired":
        folder = f"{RESULTS}/data/pairs-{task}"
        name = section.source.reader if split == "source" else section.target.reader
        return {
            "input": [folder],
            "data": {"reader": name, "root": f"{folder}/{split}", "split": "all" if split == "source" else "val"},
        }
    dataset = getattr(section, domain)
    made = dataset.root is None
    folder = f"{RESULTS}/data/{dataset.reader}" if made else dataset.root
    return {
        "input": [folder] if made else [],
        "data": {
            "reader": dataset.reader,
            "root": folder,
            "split": getattr(dataset, split),
            "limit": dataset.limit,
        },
    }


def scored_options(task):
    """Keywords of the source's reader for the labels of FCN-Scores."""
    identity = CONFIG.tasks[task].source.reader == "facesynthetics" and CONFIG.evaluation.face_labels == "identity"
    return {"label_map": "identity"} if identity else {}


def has_own_truth(task):
    """Whether FCN-Scores of a task are measured on other images or labels than the translator's."""
    return task in CONFIG.evaluation.splits or bool(scored_options(task))


def scored_data(task):
    """Where the images that FCN-Scores are measured on lie, as `data_of` says it."""
    found = data_of(task, "source-train")
    split = CONFIG.evaluation.splits.get(task)
    # Translations are of evenly spread items where the source is limited; a split of its own is taken whole.
    own = {"split": split, "limit": None} if split else {}
    options = {**found["data"].get("options", {}), **scored_options(task)}
    return {**found, "data": {**found["data"], **own, "options": options}}


def view_of(task, part):
    """Folder of a view."""
    return f"{RESULTS}/view/{task}/{part}"


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
