# Rows of the whole run, their provenance, and the page that shows everything.

VERIFIED = CONFIG.verify or RESULTS


def all_scores():
    """Every score job that some table of this run shows."""
    return sorted({job for number in TABLES for job in scores_of(number)})


def score_jobs(name):
    """One output of every score job."""
    return score_files(all_scores(), name)


PAIRED = ["shift", "fidelity", "geometry"]


def supplements():
    """Supplementary tables that the run's tasks allow."""
    scored = [number for number in sorted(TABLES) if scores_of(number)]
    made = [f"{kind}{number}" for kind in ("differences", "multiverse") for number in scored]
    return made + ["gap"] * bool(gap_scores()) + PAIRED * any(map(is_paired, CONFIG.tasks))


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
            jobs |= {f"score/{kind}/{task}/seed{seed}" for kind in PAIRED for seed in seeds}
    for kind, task, method, resolution, seed in all_scores():
        jobs.add(f"score/{kind}/{task}/{method}/{resolution}/seed{seed}")
        trained = "target" if kind == "fcn_score" else method
        jobs.add(f"segmenter/{task}/{trained}/{resolution}/seed{seed}")
    return sorted(jobs)


def budgets():
    """What each method of each task is given: the same for all that are optimised where budgets are equal."""
    rows = []
    for task in CONFIG.tasks:
        for method in filter(is_trained, methods_of(task)):
            given = {"iterations": 0, "images per iteration": "–", "images seen": "every target image once"}
            if is_optimised(method):
                section = METHODS[method].Config(**CONFIG.methods[method])
                seen = section.iterations * section.batch
                given = {
                    "iterations": section.iterations,
                    "images per iteration": section.batch,
                    "images seen": seen,
                }
            rows.append({"task": task, "method": METHODS[method].label, **given})
    return rows


rule rows:
    input:
        scores=score_jobs("scores"),
        classes=score_jobs("classes"),
        confusions=score_jobs("confusion"),
        shift=supplement_rows("shift"),
        fidelity=supplement_rows("fidelity"),
        geometry=supplement_rows("geometry"),
        timing=expand(rules.timing.output.rows, method=timed_methods()),
        costs=expand(f"{RESULTS}/{{job}}/cost.json", job=cost_jobs()),
        benchmarks=expand(f"{BENCHMARKS}/{{job}}.tsv", job=cost_jobs()),
    output:
        scores=f"{RESULTS}/rows/scores.csv",
        classes=f"{RESULTS}/rows/classes.csv",
        shift=f"{RESULTS}/rows/shift.csv",
        fidelity=f"{RESULTS}/rows/fidelity.csv",
        geometry=f"{RESULTS}/rows/geometry.csv",
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
        ledgers=rules.claims.output,
        benchmark=rules.benchmark_table.output if benchmark_rows() else [],
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
        supplements=[
            "claims",
            *supplements(),
            *["benchmark"] * bool(benchmark_rows()),
            *["sensitivity"] * bool(sensitivity_made()),
        ],
        sensitivity=sensitivity_made(),
        figures=figure_names(),
        results=RESULTS,
        paper=str(PAPER),
        budgets=budgets(),
        procedural=any(map(is_made, CONFIG.tasks)),
        code=code(
            "dakpn/report/page.py",
            "dakpn/report/supplements.py",
            "dakpn/report/index.html.j2",
            "dakpn/report/style.css",
            "paper/figures.yaml",
        ),
    script:
        "../scripts/report.py"


# Not part of `all`: keeps a finished run as the reference that is committed. Neither weights nor images but the figures.
rule reference:
    input:
        tables=rules.report.input.tables,
        supplements=rules.report.input.supplements,
        ledgers=rules.report.input.ledgers,
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


def verified_stores():
    """(kind, task, method, resolution, seed) of the confusion stores that are verified: of another folder all, of this
    run those that its tables show. Other seeds or settings may have left more.
    """
    pattern = f"{VERIFIED}/score/{{kind}}/{{task}}/{{method}}/{{resolution}}/seed{{seed}}/confusion.npz"
    found = (names for names in zip(*glob_wildcards(pattern)) if base_of(names[2]) == names[2])
    stores = {(*names[:4], int(names[4])) for names in found}
    return sorted(stores if CONFIG.verify else stores & set(all_scores()))


# Not part of `all`. No input, so that neither missing weights nor missing images start a training.
rule verify:
    log:
        f"{LOGS}/verify.log",
    threads: 1
    params:
        folder=VERIFIED,
        paper=str(PAPER),
        labels={name: method.label for name, method in METHODS.items()},
        stores=lambda wildcards: verified_stores(),
        paths=lambda wildcards: [
            f"{VERIFIED}/score/{kind}/{task}/{method}/{resolution}/seed{seed}/confusion.npz"
            for kind, task, method, resolution, seed in verified_stores()
        ],
    script:
        "../scripts/verify.py"
