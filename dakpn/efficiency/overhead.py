"""What a run spends beside its jobs' own work: starting interpreters, loading libraries, and waiting."""

import csv
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MARK = "measured: "
"""Begins the last line of a finished job's log, before the JSON that `workflow.journal.logged` writes there."""


@dataclass(frozen=True)
class Overhead:
    """Core-seconds of a run on this machine's cores while any job ran.

    available: cores times that time. work: CPU time inside jobs, from their first own statement on, with libraries that
    are only then loaded. starting: CPU time before it, which starts Python and loads the other libraries.
    """

    available: float
    work: float
    starting: float

    @property
    def share(self) -> float:
        """Share of the available core-seconds outside the jobs' own work, in [0,1]."""
        return max(0.0, 1 - self.work / self.available)

    def __str__(self) -> str:
        idle = max(0.0, self.available - self.work - self.starting)
        parts = [f"{100 * part / self.available:.0f} %" for part in (self.work, self.starting, idle)]
        return (
            f"Of {self.available:.0f} core-seconds {parts[0]} were the jobs' own work, {parts[1]} went into starting "
            f"Python and loading libraries, and in {parts[2]} a core had nothing to do."
        )


def measure_overhead(results: str | Path, places: Iterable[str]) -> Overhead | None:
    """The overhead of finished jobs, None where no log holds a measurement.

    results: folder of the run. places: of its jobs, below the folders of logs and of Snakemake's benchmark files, whose
    wall time includes the start of the interpreter. A job without one of the two is left out. Jobs that ran at
    different times, as after a kill, leave no gap between them.
    """
    spans, work, total = [], 0.0, 0.0
    for place in places:
        log, benchmark = Path(results, "logs", f"{place}.log"), Path(results, "benchmarks", f"{place}.tsv")
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() and benchmark.exists() else []
        if not (lines and MARK in lines[-1]):
            continue
        measured = json.loads(lines[-1].partition(MARK)[2])
        seconds = float(list(csv.DictReader(benchmark.read_text().splitlines(), delimiter="\t"))[-1]["s"])
        spans.append((measured["ended"] - seconds, measured["ended"]))
        work, total = work + measured["work"], total + measured["cpu"]
    busy, reached = 0.0, 0.0
    for began, ended in sorted(spans):
        busy += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return Overhead(busy * (os.cpu_count() or 1), work, total - work) if spans else None
