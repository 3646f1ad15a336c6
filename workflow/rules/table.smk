# Tables 1-6 and the supplementary ones, each from exactly the rows it shows: asking for one table runs what it needs.


def table_resolutions(number):
    """The run's resolutions for a table's task, smallest first."""
    task = CONFIG.tasks.get(TABLES[number]["task"])
    return [name_of(size) for size in sorted(task.resolutions, key=lambda size: size[0] * size[1])] if task else []


def target_of(task):
    """Reader of a task's target, empty where the run lacks the task."""
    return CONFIG.tasks[task].target.reader if task in CONFIG.tasks else ""


def is_made(task):
    """Whether any data of a task are procedural."""
    section = CONFIG.tasks.get(task)
    return section is not None and None in (section.source.root, section.target.root)


def timed_methods():
    """Methods of the timing table that this run has a section for."""
    rows = (row["method"] for table in TABLES.values() if table["kind"] == "timing" for row in table["rows"])
    return [method for method in rows if method in CONFIG.methods]


def scores_of(number):
    """(kind, task, method, resolution, seed) of every score that a table shows; empty where the run lacks its task."""
    table = TABLES[number]
    if table["kind"] == "timing" or table["task"] not in CONFIG.tasks:
        return []
    task = table["task"]
    listed = [row["method"] for row in table["rows"]]
    candidates = methods_of(task, ablations=table.get("closed", False))
    methods = [method for method in candidates if not table.get("closed") or method in listed]
    if table["kind"] == "segmentation" and "target" in listed:
        methods.append("target")
    sizes = sorted(CONFIG.tasks[task].resolutions, key=lambda size: size[0] * size[1])
    # A run with one resolution fills the first column of a table with two.
    positions = [slot["position"] for slot in table["resolutions"] if slot["position"] < len(sizes)]
    return [
        (table["kind"], task, method, name_of(sizes[position]), seed)
        for method in methods
        for position in positions
        if name_of(sizes[position]) in resolutions_of(task, method)
        for seed in CONFIG.seeds
    ]


def score_files(jobs, name):
    """Paths of one output of score jobs."""
    return [
        getattr(rules.score.output, name).format(kind=kind, task=task, method=method, resolution=resolution, seed=seed)
        for kind, task, method, resolution, seed in jobs
    ]


def rows_of(wildcards):
    """Rows that a table shows."""
    number = int(wildcards.number)
    if TABLES[number]["kind"] == "timing":
        return expand(rules.timing.output.rows, method=timed_methods())
    return score_files(scores_of(number), "scores")


def costs_of(wildcards):
    """Costs of everything that is trained for a table, for the price of more seeds."""
    jobs = scores_of(int(wildcards.number))
    trained = [f"translator/{task}/{method}/seed{seed}" for _, task, method, _, seed in jobs if is_trained(method)]
    segmented = [f"segmenter/{task}/{method}/{resolution}/seed{seed}" for _, task, method, resolution, seed in jobs]
    if jobs and jobs[0][0] == "fcn_score":
        segmented = [f"segmenter/{task}/target/{resolution}/seed{seed}" for _, task, _, resolution, seed in jobs]
    return sorted({f"{RESULTS}/{job}/cost.json" for job in [*trained, *segmented]})


rule table:
    input:
        rows=rows_of,
        costs=costs_of,
        passports=lambda wildcards: passports_of({TABLES[int(wildcards.number)]["task"]} & set(CONFIG.tasks)),
    output:
        csv=f"{RESULTS}/tables/table{{number}}.csv",
        md=f"{RESULTS}/tables/table{{number}}.md",
        tex=f"{RESULTS}/tables/table{{number}}.tex",
        html=f"{RESULTS}/tables/table{{number}}.html",
    log:
        f"{LOGS}/tables/table{{number}}.log",
    benchmark:
        f"{BENCHMARKS}/tables/table{{number}}.tsv"
    threads: 1
    params:
        run=CONFIG.run,
        protocol=CONFIG.protocol,
        paper=str(PAPER),
        resolutions=lambda wildcards: table_resolutions(int(wildcards.number)),
        labels={name: method.label for name, method in METHODS.items()},
        procedural=lambda wildcards: is_made(TABLES[int(wildcards.number)]["task"]),
        target=lambda wildcards: target_of(TABLES[int(wildcards.number)]["task"]),
        code=code(
            "dakpn/tables.py",
            "dakpn/table_format.py",
            "dakpn/table_notes.py",
            "dakpn/data/passport.py",
            "paper/tables.yaml",
        ),
    script:
        "../scripts/table.py"


rule supplement:
    input:
        rows=lambda wildcards: expand(
            f"{RESULTS}/score/{{kind}}/{{task}}/seed{{seed}}/{{kind}}.csv",
            kind=wildcards.kind,
            task=[task for task in CONFIG.tasks if is_paired(task)],
            seed=CONFIG.seeds,
        ),
    output:
        csv=f"{RESULTS}/tables/{{kind}}.csv",
        md=f"{RESULTS}/tables/{{kind}}.md",
        tex=f"{RESULTS}/tables/{{kind}}.tex",
        html=f"{RESULTS}/tables/{{kind}}.html",
    log:
        f"{LOGS}/tables/{{kind}}.log",
    benchmark:
        f"{BENCHMARKS}/tables/{{kind}}.tsv"
    wildcard_constraints:
        kind="shift|fidelity",
    threads: 1
    params:
        run=CONFIG.run,
        protocol=CONFIG.protocol,
        paper=str(PAPER),
        labels={name: method.label for name, method in METHODS.items()},
        code=code("dakpn/tables.py", "dakpn/table_format.py"),
    script:
        "../scripts/supplement.py"


rule table1:
    input:
        expand(rules.table.output, number=1),


rule table2:
    input:
        expand(rules.table.output, number=2),


rule table3:
    input:
        expand(rules.table.output, number=3),


rule table4:
    input:
        expand(rules.table.output, number=4),


rule table5:
    input:
        expand(rules.table.output, number=5),


rule table6:
    input:
        expand(rules.table.output, number=6),
