# The claims ledger: the paper's sentences, judged by its own numbers and by the run's.


def judged_scores():
    """Every score job whose confusion matrices claims are judged on: those that some table shows."""
    return sorted({job for number in TABLES for job in scores_of(number)})


rule claims:
    input:
        stores=score_files(judged_scores(), "confusion"),
        timing=expand(rules.timing.output.rows, method=timed_methods()),
        fidelity=expand(
            rules.fidelity.output.rows, task=[task for task in CONFIG.tasks if is_paired(task)], seed=CONFIG.seeds
        ),
    output:
        csv=f"{RESULTS}/tables/claims.csv",
        md=f"{RESULTS}/tables/claims.md",
        html=f"{RESULTS}/tables/claims.html",
    log:
        f"{LOGS}/tables/claims.log",
    benchmark:
        f"{BENCHMARKS}/tables/claims.tsv"
    threads: 1
    params:
        stores=judged_scores(),
        seeds=len(CONFIG.seeds),
        protocol=CONFIG.protocol,
        paper=str(PAPER),
        resolutions={TABLES[number]["task"]: table_resolutions(number) for number in TABLES},
        spaces={task: target_of(task) for task in CONFIG.tasks},
        procedural=any(map(is_made, CONFIG.tasks)),
        code=code("dakpn.claims.table", "paper/claims.yaml", "paper/tables.yaml"),
    script:
        "../scripts/claims.py"
