# Rows of the whole run, their provenance, and the page that shows everything.


def all_scores():
    """Every score job that some table of this run shows."""
    return sorted({job for number in TABLES for job in scores_of(number)})


def score_jobs(name):
    """One output of every score job."""
    return score_files(all_scores(), name)


def supplements():
    """Supplementary tables that the run's tasks allow."""
    return ["shift", "fidelity"] if any(map(is_paired, CONFIG.tasks)) else []


def supplement_rows(kind):
    """Rows of a supplementary table."""
    return [
        f"{RESULTS}/score/{kind}/{task}/seed{seed}/{kind}.csv"
        for task in CONFIG.tasks
        if is_paired(task)
        for seed in CONFIG.seeds
    ]


def cost_jobs():
    """Every job that leaves a cost, as the part of its path between the run and the file."""
    seeds = CONFIG.seeds
    domains = {(task, METHODS[method].encoder) for task in CONFIG.tasks for method in methods_of(task)}
    jobs = {f"encoder/{task}/{domain}/seed{seed}" for task, domain in domains if domain for seed in seeds}
    for task in CONFIG.tasks:
        for method in methods_of(task):
            jobs |= {f"translation/{task}/{method}/seed{seed}" for seed in seeds}
            jobs |= {f"translator/{task}/{method}/seed{seed}" for seed in seeds if is_trained(method)}
        if is_paired(task):
            jobs |= {f"score/{kind}/{task}/seed{seed}" for kind in ("shift", "fidelity") for seed in seeds}
    for kind, task, method, resolution, seed in all_scores():
        jobs.add(f"score/{kind}/{task}/{method}/{resolution}/seed{seed}")
        trained = "target" if kind == "fcn_score" else method
        jobs.add(f"segmenter/{task}/{trained}/{resolution}/seed{seed}")
    return sorted(jobs)


def budgets():
    """What each method of each task is given: the same for all where budgets are equal."""
    rows = []
    for task in CONFIG.tasks:
        for method in filter(is_trained, methods_of(task)):
            section = METHODS[method].Config(**CONFIG.methods[method])
            seen = section.iterations * section.batch
            rows.append(
                {
                    "task": task,
                    "method": METHODS[method].label,
                    "iterations": section.iterations,
                    "images per iteration": section.batch,
                    "images seen": seen,
                }
            )
    return rows


rule rows:
    input:
        scores=score_jobs("scores"),
        classes=score_jobs("classes"),
        confusions=score_jobs("confusion"),
        shift=supplement_rows("shift"),
        fidelity=supplement_rows("fidelity"),
        timing=expand(rules.timing.output.rows, method=timed_methods()),
        costs=expand(f"{RESULTS}/{{job}}/cost.json", job=cost_jobs()),
        benchmarks=expand(f"{BENCHMARKS}/{{job}}.tsv", job=cost_jobs()),
    output:
        scores=f"{RESULTS}/rows/scores.csv",
        classes=f"{RESULTS}/rows/classes.csv",
        shift=f"{RESULTS}/rows/shift.csv",
        fidelity=f"{RESULTS}/rows/fidelity.csv",
        timing=f"{RESULTS}/rows/timing.csv",
        costs=f"{RESULTS}/rows/costs.csv",
    log:
        f"{LOGS}/rows.log",
    benchmark:
        f"{BENCHMARKS}/rows.tsv"
    threads: 1
    script:
        "../scripts/rows.py"


rule report:
    input:
        tables=expand(rules.table.output, number=sorted(TABLES)),
        supplements=expand(f"{RESULTS}/tables/{{name}}.{{kind}}", name=supplements(), kind=["csv", "md", "tex", "html"]),
        figures=rules.figures.input,
        costs=rules.rows.output.costs,
        views=[f"{RESULTS}/view/{part}" for task in CONFIG.tasks for part in parts_of(task)],
        passports=passports_of(CONFIG.tasks),
        data=rules.passports.output,
    output:
        page=report(PAGE, category="Report", caption="../report.rst"),
        provenance=f"{RESULTS}/provenance.json",
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    threads: 1
    params:
        config=CONFIG.model_dump(mode="json"),
        tables=[f"table{number}" for number in sorted(TABLES)],
        supplements=supplements(),
        figures=figure_names(),
        results=RESULTS,
        paper=str(PAPER),
        budgets=budgets(),
        procedural=any(map(is_made, CONFIG.tasks)),
        code=code("dakpn/report/page.py", "dakpn/report/index.html.j2", "dakpn/report/style.css", "paper/figures.yaml"),
    script:
        "../scripts/report.py"


# Not part of `all`: keeps a finished run as the reference that is committed. Neither weights nor images but the figures.
rule reference:
    input:
        tables=rules.report.input.tables,
        supplements=rules.report.input.supplements,
        figures=rules.report.input.figures,
        rows=rules.rows.output,
        confusions=score_jobs("confusion"),
        provenance=rules.report.output.provenance,
    output:
        directory("results/reference"),
    log:
        f"{LOGS}/reference.log",
    benchmark:
        f"{BENCHMARKS}/reference.tsv"
    threads: 1
    params:
        results=RESULTS,
    script:
        "../scripts/reference.py"
