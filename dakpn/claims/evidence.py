"""A run's numbers with their uncertainty, by their places in the paper's tables: what claims are judged on."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dakpn.claims.statements import FIDELITY, Place
from dakpn.evaluation.comparison import Counts, gather
from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.protocols import protocol_named, scores_under
from dakpn.evaluation.statistics import paired_bootstrap
from dakpn.tables.scores import Stored
from dakpn.tables.tidy import position, preferred_timing

RESAMPLES = 10_000

Group = tuple[str, str, str]
"""(kind, task, resolution) of scores that share images and seeds."""


@dataclass(frozen=True)
class Measured:
    """A measured number and what is known of its noise; numbers of one table belong together, draw by draw and seed by
    seed.

    draws: (R,) values with other test images, or (1,) where those are not resampled. seeds: (S,) values of the training
    seeds, empty where none is involved. error, freedom: standard error and degrees of freedom of noise of its own, such
    as a timing's. decides: False where a source of noise was not measured (one training seed, one reading), so that
    nothing can be concluded.
    """

    value: float
    draws: np.ndarray
    seeds: np.ndarray
    unit: str
    decides: bool = True
    error: float = 0.0
    freedom: float = math.inf


def read_groups(stores: Iterable[Stored]) -> dict[Group, Counts]:
    """Read confusion stores, one `Counts` for each group. Raises InputError as `comparison.gather` does."""
    found: dict[Group, list] = {}
    for store in stores:
        found.setdefault((store.kind, store.task, store.resolution), []).append((store.method, store.seed, store.path))
    return {group: gather(listed) for group, listed in found.items()}


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
    found = {}
    drawn = {group: score_group(column, protocol, resamples) for group, column in counts.items()}
    for number, entry in spec["tables"].items():
        for slot in entry["resolutions"] if entry["kind"] != "timing" else ():
            size = position(resolutions.get(entry["task"], ()), slot["position"])
            numbers = drawn.get((entry["kind"], entry["task"], size), {})
            for row in entry["rows"]:
                for metric, measured in numbers.get(row["method"], {}).items():
                    found[Place(number, row["label"], slot["paper"], metric)] = measured
    return found


def score_group(counts: Counts, protocol: str = "paper", resamples: int = RESAMPLES) -> dict[str, dict[str, Measured]]:
    """method -> metric -> its score in percent."""
    policy, methods, labels, found = protocol_named(protocol), counts.of, counts.label_space, {}
    options = {**policy.options, "classes": policy.of(labels), "training": False}
    draws = paired_bootstrap(methods, resamples=resamples, **options)
    for method, matrices in methods.items():
        found[method] = {}
        for metric, name in METRICS.items():
            seeds = 100 * np.array([scores_under(matrix, policy, labels)[0][metric] for matrix in matrices])
            of_images = 100 * np.asarray(draws[name][method])
            found[method][metric] = Measured(float(seeds.mean()), of_images, seeds, "points", len(seeds) > 1)
    return found


def from_timing(rows: pd.DataFrame, spec: Mapping[str, Any]) -> dict[Place, Measured]:
    """Parameter counts, which are exact, and medians of timings. rows: timing.csv.

    A median's standard error is taken from its quartiles as for normal noise, 1.253 / 1.349 of their distance over the
    root of the repetitions, with half their number as degrees of freedom, because quartiles of few repetitions lie too
    close (decision timing-error). Fewer than three repetitions decide nothing.
    """
    found = {}
    for number, entry in spec["tables"].items():
        if entry["kind"] != "timing":
            continue
        for row in entry["rows"]:
            for metric in entry["metrics"]:
                best = preferred_timing(rows[rows["method"] == row["method"]], metric, entry)
                if best is None:
                    continue
                exact = metric["name"].startswith("params")
                repeats = 1 if pd.isna(best["low"]) else int(best["repeats"])
                decides, error, freedom = exact or repeats > 2, 0.0 if exact else math.nan, math.inf
                if not exact and decides:
                    error = 1.253 / 1.349 * (best["high"] - best["low"]) / math.sqrt(repeats)
                    freedom = repeats // 2
                place = Place(number, row["label"], entry["resolutions"][0]["paper"], metric["name"])
                value, none = np.array([best["value"]]), np.empty(0)
                found[place] = Measured(best["value"], value, none, metric["unit"], decides, error, freedom)
    return found


def from_fidelity(rows: pd.DataFrame, labels: Mapping[str, str]) -> dict[Place, Measured]:
    """Means over seeds of the fidelity table, whose scenes are not resampled. labels: method -> row.

    rows: fidelity.csv (task, method, seed, metric, value, unit).
    """
    found = {}
    for (task, metric, method), lines in rows.groupby(["task", "metric", "method"], sort=False):
        seeds = lines.sort_values("seed")["value"].to_numpy()
        unit = "points" if metric == "flip_rate" else lines["unit"].fillna("").iloc[0]
        place = Place(FIDELITY, labels.get(method, method), task, metric)
        found[place] = Measured(seeds.mean(), np.array([seeds.mean()]), seeds, unit, len(seeds) > 1)
    return found
