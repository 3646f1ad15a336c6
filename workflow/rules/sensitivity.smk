# Not part of `all`: what single settings of training are worth, one changed at a time (section `sensitivity`).

# Everything that a changed method depends on: a table of another configuration does not belong in this run's report.
DECIDING = {"seeds", "tasks", "procedural", "encoder", "segmenter", "methods", "evaluation", "sensitivity", "protocol"}
SENSITIVITY = hashlib.sha256(CONFIG.model_dump_json(include=DECIDING).encode()).hexdigest()


def switches():
    """What the sensitivity table shows, one mapping per row."""
    found = []
    for switch in CONFIG.sensitivity:
        before, after = settings(switch, CONFIG, METHODS, SEGMENTERS)
        found.append(
            {
                **switch.model_dump(include={"name", "task", "method", "section"}),
                "label": METHODS[switch.method].label,
                "changed": switched(switch.method, switch),
                "before": before,
                "after": after,
            }
        )
    return found


def switched_scores():
    """Score jobs of the methods that switches speak of, as they are and changed."""
    return sorted(
        {
            ("segmentation", switch["task"], method, name_of(CONFIG.tasks[switch["task"]].resolutions[0]), seed)
            for switch in switches()
            for method in (switch["method"], switch["changed"])
            for seed in CONFIG.seeds
        }
    )


def sensitivity_made():
    """Hash of the table where one of this configuration lies in the results, None elsewhere: a param of the report, which
    shows the table without asking for it.
    """
    path = Path(f"{RESULTS}/tables/sensitivity.csv")
    text = path.read_text() if path.exists() else ""
    return hashlib.sha256(text.encode()).hexdigest() if SENSITIVITY in text else None


rule sensitivity:
    input:
        stores=score_files(switched_scores(), "confusion"),
    output:
        csv=f"{RESULTS}/tables/sensitivity.csv",
        md=f"{RESULTS}/tables/sensitivity.md",
        html=f"{RESULTS}/tables/sensitivity.html",
    log:
        f"{LOGS}/tables/sensitivity.log",
    benchmark:
        f"{BENCHMARKS}/tables/sensitivity.tsv"
    threads: 1
    params:
        stores=switched_scores(),
        switches=switches(),
        spaces={task: target_of(task) for task in CONFIG.tasks},
        protocol=CONFIG.protocol,
        configuration=SENSITIVITY,
        procedural=any(map(is_made, CONFIG.tasks)),
        code=code("dakpn.claims.sensitivity"),
    script:
        "../scripts/sensitivity.py"
