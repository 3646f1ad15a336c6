# Data sets, procedural or real, their passports, and the views that everything else reads.
import time

PASSPORT_CODE = [f"dakpn/data/{name}.py" for name in ("passport", "doctor", "survey", "manifest")]
NOW = time.time()


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
    """Where the part of a task lies: `input` for the rule (made data only), `data` for the reader, `check` for its
    passport.
    """
    if part == "source-scored":
        return scored_data(task)
    section = CONFIG.tasks[task]
    domain, split = part.split("-")
    if domain == "paired":
        folder = f"{RESULTS}/data/pairs-{task}"
        name = section.source.reader if split == "source" else section.target.reader
        place = {"root": f"{folder}/{split}", "split": "all" if split == "source" else "val"}
        return {"input": [folder], "data": {"reader": name, **place, "options": {}, "limit": None}}
    dataset = getattr(section, domain)
    made = dataset.root is None
    folder = f"{RESULTS}/data/{dataset.reader}" if made else dataset.root
    return {
        "input": [folder] if made else [],
        "data": {
            "reader": dataset.reader,
            "root": folder,
            "split": getattr(dataset, split),
            "options": dataset.options,
            "limit": dataset.limit,
        },
        "check": {"release": not made, "allow_partial": dataset.allow_partial, "manifest": dataset.manifest},
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


def parts_of(task):
    """The parts that every run of a task reads, as the middle of their paths."""
    return [f"{task}/{part}" for part in ("source-train", "target-train", "target-validation")]


def passports_of(tasks, form="passport"):
    """Passports of all parts of tasks: those of a run, or the doctor's."""
    path = rules.passport.output.passport if form == "passport" else rules.examine.output.passport
    return [path.format(task=part.split("/")[0], part=part.split("/")[1]) for task in tasks for part in parts_of(task)]


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


# A run's look at a data set: headers, ends and a small sample, in seconds; an error ends the run before anything is made.
rule passport:
    input:
        lambda wildcards: data_of(wildcards.task, wildcards.part)["input"],
    output:
        passport=f"{RESULTS}/passport/{{task}}/{{part}}.json",
    log:
        f"{LOGS}/passport/{{task}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/passport/{{task}}/{{part}}.tsv"
    threads: THREADS
    params:
        data=lambda wildcards: data_of(wildcards.task, wildcards.part)["data"],
        check=lambda wildcards: data_of(wildcards.task, wildcards.part)["check"],
        full=False,
        code=code(*PASSPORT_CODE),
    script:
        "../scripts/passport.py"


rule view:
    input:
        lambda wildcards: data_of(wildcards.task, wildcards.part)["input"],
        lambda wildcards: [] if wildcards.part.startswith("paired") else rules.passport.output.passport,
    output:
        directory(f"{RESULTS}/view/{{task}}/{{part}}"),
    log:
        f"{LOGS}/view/{{task}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/view/{{task}}/{{part}}.tsv"
    threads: THREADS
    params:
        data=lambda wildcards: data_of(wildcards.task, wildcards.part)["data"],
        image_size=lambda wildcards: task_of(wildcards).image_size,
        low_size=lambda wildcards: task_of(wildcards).low_size,
    script:
        "../scripts/view.py"


rule passports:
    input:
        passports_of(CONFIG.tasks),
    output:
        f"{RESULTS}/passport/passports.html",
    log:
        f"{LOGS}/passport/passports.log",
    benchmark:
        f"{BENCHMARKS}/passport/passports.tsv"
    threads: 1
    params:
        parts=[part for task in CONFIG.tasks for part in parts_of(task)],
        code=code("dakpn/report/passports.py", "dakpn/report/passports.html.j2"),
    script:
        "../scripts/passports.py"


# The doctor's look: every pixel and every byte, and never that of an earlier call, because data change behind its back.
rule examine:
    input:
        lambda wildcards: data_of(wildcards.task, wildcards.part)["input"],
    output:
        passport=f"{RESULTS}/doctor/{{task}}/{{part}}/passport.json",
        manifest=f"{RESULTS}/doctor/{{task}}/{{part}}/manifest.csv",
    log:
        f"{LOGS}/doctor/{{task}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/doctor/{{task}}/{{part}}.tsv"
    threads: THREADS
    params:
        data=lambda wildcards: data_of(wildcards.task, wildcards.part)["data"],
        check=lambda wildcards: data_of(wildcards.task, wildcards.part)["check"],
        full=True,
        asked=NOW,
        code=code(*PASSPORT_CODE),
    script:
        "../scripts/passport.py"


rule doctor_page:
    input:
        passports_of(CONFIG.tasks, "doctor"),
    output:
        f"{RESULTS}/doctor/index.html",
    log:
        f"{LOGS}/doctor/page.log",
    benchmark:
        f"{BENCHMARKS}/doctor/page.tsv"
    threads: 1
    params:
        parts=[part for task in CONFIG.tasks for part in parts_of(task)],
        code=code("dakpn/report/passports.py", "dakpn/report/passports.html.j2"),
    script:
        "../scripts/passports.py"


rule doctor:
    input:
        passports=passports_of(CONFIG.tasks, "doctor"),
        page=rules.doctor_page.output,
    log:
        f"{LOGS}/doctor.log",
    threads: 1
    params:
        roots=[data_of(*part.split("/"))["data"]["root"] for task in CONFIG.tasks for part in parts_of(task)],
    script:
        "../scripts/doctor.py"
