# Tables 1-6 and the supplementary ones, each from exactly the rows it shows: asking for one table runs what it needs.

JUDGE = ["dakpn.tables.scores", "dakpn.tables.format", "dakpn.tables.notes", "paper/tables.yaml"]


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
    """Timings, for the table that shows them; all else is read off confusion stores."""
    timed = TABLES[int(wildcards.number)]["kind"] == "timing"
    return expand(rules.timing.output.rows, method=timed_methods()) if timed else []


def stores_of(wildcards):
    """Confusion stores that a table is computed from."""
    return score_files(scores_of(int(wildcards.number)), "confusion")


def judging(wildcards):
    """What the tables of scores need to know, the same for a table, its differences and its multiverse."""
    number = int(wildcards.number)
    return {
        "run": CONFIG.run,
        "protocol": CONFIG.protocol,
        "paper": str(PAPER),
        "space": target_of(TABLES[number]["task"]),
        "labels": {name: method.label for name, method in METHODS.items()},
        "stores": scores_of(number),
        "resolutions": table_resolutions(number),
        "code": code(*JUDGE),
    }


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
        stores=stores_of,
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
        judging=judging,
        procedural=lambda wildcards: is_made(TABLES[int(wildcards.number)]["task"]),
        target=lambda wildcards: target_of(TABLES[int(wildcards.number)]["task"]),
        code=code("dakpn/data/passport.py"),
    script:
        "../scripts/table.py"


rule comparison:
    input:
        stores=stores_of,
    output:
        csv=f"{RESULTS}/tables/{{comparison}}{{number}}.csv",
        md=f"{RESULTS}/tables/{{comparison}}{{number}}.md",
        tex=f"{RESULTS}/tables/{{comparison}}{{number}}.tex",
        html=f"{RESULTS}/tables/{{comparison}}{{number}}.html",
    log:
        f"{LOGS}/tables/{{comparison}}{{number}}.log",
    benchmark:
        f"{BENCHMARKS}/tables/{{comparison}}{{number}}.tsv"
    wildcard_constraints:
        comparison="differences|multiverse",
    threads: 1
    params:
        judging=judging,
    script:
        "../scripts/comparison.py"


def gap_scores():
    """Score jobs that the table of shares shows: every segmenter of a task whose source is scored untranslated."""
    scored = dict.fromkeys(job for number in TABLES for job in scores_of(number) if job[0] == "segmentation")
    return [job for job in scored if "identity" in CONFIG.tasks[job[1]].methods]


def supplement_rows(kind):
    """Rows of a supplementary table."""
    if kind == "gap":
        return score_files(gap_scores(), "scores")
    return expand(
        f"{RESULTS}/score/{kind}/{{task}}/seed{{seed}}/{kind}.csv",
        task=[task for task in CONFIG.tasks if is_paired(task)],
        seed=CONFIG.seeds,
    )


rule supplement:
    input:
        rows=lambda wildcards: supplement_rows(wildcards.kind),
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
        kind="shift|fidelity|geometry|gap",
    threads: 1
    params:
        run=CONFIG.run,
        protocol=CONFIG.protocol,
        paper=str(PAPER),
        labels={name: method.label for name, method in METHODS.items()},
        code=code("dakpn.tables.supplementary", "dakpn.tables.format", "dakpn.tables.gap"),
    script:
        "../scripts/supplement.py"


def benchmark_rows():
    """What `make bench` has measured, one file per device; part of no run."""
    return sorted(map(str, Path("results/benchmark").glob("*.csv")))


rule benchmark_table:
    input:
        benchmark_rows(),
    output:
        csv=f"{RESULTS}/tables/benchmark.csv",
        md=f"{RESULTS}/tables/benchmark.md",
        html=f"{RESULTS}/tables/benchmark.html",
    log:
        f"{LOGS}/tables/benchmark.log",
    benchmark:
        f"{BENCHMARKS}/tables/benchmark.tsv"
    threads: 1
    params:
        code=code("dakpn.tables.benchmark", "dakpn.tables.listing"),
    script:
        "../scripts/benchmark_table.py"


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
