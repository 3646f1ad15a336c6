"""What jobs cost: the small files that jobs leave, joined with the workflow's own measurements."""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

COLUMNS = "stage task method resolution segmenter seed seconds max_rss_mib device gpu_memory_mib".split()


def read_costs(files: Iterable[str | Path], benchmarks: Iterable[str | Path] = ()) -> pd.DataFrame:
    """One row per job with the columns COLUMNS, empty where a job has no such part.

    files: cost.json files of jobs. benchmarks: Snakemake's benchmark files of the same jobs in the same order; their
    wall time, which includes the start of the interpreter, and memory then replace the job's own.
    """
    rows = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    measured = [pd.read_csv(path, sep="\t").iloc[-1] for path in benchmarks]
    if measured:
        frame["seconds"] = [row["s"] for row in measured]
        frame["max_rss_mib"] = [row["max_rss"] for row in measured]
    return frame
