"""A run's numbers with their uncertainty, by their places in the paper's tables; claims are judged by them."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dakpn.claims.statements import FIDELITY, Place
from dakpn.evaluation.comparison import Counts, in_points
from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.protocols import protocol_named
from dakpn.evaluation.statistics import Measured
from dakpn.tables.scores import Stored, gather_groups
from dakpn.tables.tidy import position, preferred_timing

RESAMPLES = 10_000

Group = tuple[str, str, str]
"""(kind, task, resolution) of scores that share images and seeds."""


def read_groups(stores: Iterable[Stored]) -> dict[Group, Counts]:
    """Read confusion stores, one `Counts` for each group. Raises InputError as `comparison.gather` does."""
    return gather_groups(((s.kind, s.task, s.resolution), (s.method, s.seed, s.replicate, s.path)) for s in stores)


def from_scores(
    counts: Mapping[Group, Counts],
    spec: Mapping[str, Any],
    *,
    resolutions: Mapping[str, Sequence[str]],
    protocol: str = "paper",
    resamples: int = RESAMPLES,
) -> dict[Place, Measured]:
    """Scores in percent from confusion matrices.

    counts: from `read_groups`. spec: from `dakpn.paper.load_tables`. resolutions: the run's sizes, smallest first, by
    the paper's pair of data sets, which stands for the task here. One seed decides nothing.
    """
    scored = {
        group: in_points(column, protocol_named(protocol), resamples=resamples) for group, column in counts.items()
    }
    return {place: scored[group][method][place.metric] for place, (group, method) in places(counts, spec, resolutions)}


def places(
    counts: Mapping[Group, Counts], spec: Mapping[str, Any], resolutions: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Place, tuple[Group, str]]]:
    """Every place of a score that the run has, and the (group, method) whose score stands there."""
    for number, entry in spec["tables"].items():
        for slot in entry["resolutions"] if entry["kind"] != "timing" else ():
            group = (entry["kind"], entry["task"], position(resolutions.get(entry["task"], ()), slot["position"]))
            for row in entry["rows"]:
                for metric in METRICS if group in counts and row["method"] in counts[group].of else ():
                    yield Place(number, row["label"], slot["paper"], metric), (group, row["method"])


def from_timing(rows: pd.DataFrame, spec: Mapping[str, Any]) -> dict[Place, Measured]:
    """Parameter counts, which are exact, and medians of timings. rows: timing.csv.

    A median's standard error is taken from its quartiles as for normal noise, 1.253 / 1.349 of their distance over the
    root of the repetitions, with half their number as degrees of freedom, because quartiles of few repetitions lie too
    close (decision timing-error). Fewer than three repetitions decide nothing.
    """
    result = {}
    for number, entry in spec["tables"].items():
        for row in entry["rows"] if entry["kind"] == "timing" else ():
            for metric in entry["metrics"]:
                best = preferred_timing(rows[rows["method"] == row["method"]], metric, entry)
                if best is None:
                    continue
                repeats = 1 if pd.isna(best["low"]) else int(best["repeats"])
                noise = dict(decides=False, error=math.nan)
                if metric["name"].startswith("params"):
                    noise = {}
                elif repeats > 2:
                    error = 1.253 / 1.349 * (best["high"] - best["low"]) / math.sqrt(repeats)
                    noise = dict(error=error, freedom=repeats // 2)
                place = Place(number, row["label"], entry["resolutions"][0]["paper"], metric["name"])
                result[place] = Measured(best["value"], np.array([best["value"]]), unit=metric["unit"], **noise)
    return result


def from_fidelity(rows: pd.DataFrame, labels: Mapping[str, str]) -> dict[Place, Measured]:
    """Means over seeds of the fidelity table, whose scenes are not resampled. labels: method -> row.

    rows: fidelity.csv (task, method, seed, metric, value, unit).
    """
    result = {}
    for (task, metric, method), lines in rows.groupby(["task", "metric", "method"], sort=False):
        seeds = dict(zip(lines["seed"], lines["value"], strict=True))
        unit = "points" if metric == "flip_rate" else lines["unit"].fillna("").iloc[0]
        mean = float(lines["value"].mean())
        place = Place(FIDELITY, labels.get(method, method), task, metric)
        result[place] = Measured(mean, np.array([mean]), seeds, unit, len(seeds) > 1)
    return result
