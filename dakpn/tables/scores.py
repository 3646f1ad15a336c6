"""The tables of scores from confusion stores alone: values, intervals, differences, and every protocol.

The job that writes a table and the check that recomputes it call the same function, `score_tables`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dakpn.config.size import Size
from dakpn.evaluation.comparison import Comparison, Counts, compare, gather
from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.protocols import Protocol, multiverse, protocol_named, scores_under
from dakpn.tables.lines import COLUMNS
from dakpn.tables.tidy import tidy


class Stored(NamedTuple):
    """A confusion store and what it was measured on."""

    kind: str
    task: str
    method: str
    resolution: str
    seed: int
    path: str


class ScoreTables(NamedTuple):
    """A table, its differences and its multiverse as tidy tables, and the comparisons that the first two show."""

    table: pd.DataFrame
    differences: pd.DataFrame
    multiverse: pd.DataFrame
    comparisons: Mapping[str, Mapping[str, Comparison]]


def stored(jobs: Iterable[Sequence[Any]], paths: Iterable[str]) -> list[Stored]:
    """Stores from (kind, task, method, resolution, seed) and the path of each."""
    return [Stored(*job, path) for job, path in zip(jobs, map(str, paths), strict=True)]


def score_tables(settings: Mapping[str, Any], paths: Iterable[str], paper: pd.DataFrame) -> ScoreTables:
    """A table of scores with all that belongs to it.

    settings: of the plan's node (run, protocol, labels in display order, name, entry, resolutions, stores). paths: of
    the stores. paper: from `dakpn.paper.load_paper`.
    """
    about, protocol = {key: settings[key] for key in ("name", "entry", "run")}, settings["protocol"]
    found, labels = columns(stored(settings["stores"], paths)), settings["labels"]
    judged = comparisons(found, protocol)
    return ScoreTables(
        score_table(found, judged, paper=paper, protocol=protocol, resolutions=settings["resolutions"], **about),
        difference_table(judged, protocol=protocol, labels=labels, **about),
        multiverse_table(found, labels=labels, **about),
        judged,
    )


def columns(stores: Iterable[Stored]) -> dict[str, Counts]:
    """Size of the run, smallest first -> confusion matrices of all methods, for the stores of one table."""
    listed: dict[str, list[tuple[str, int, str]]] = {}
    for store in stores:
        listed.setdefault(store.resolution, []).append((store.method, store.seed, store.path))
    return {size: gather(listed[size]) for size in sorted(listed, key=lambda size: Size.parse(size).area)}


def comparisons(found: Mapping[str, Counts], protocol: str) -> dict[str, dict[str, Comparison]]:
    """Size -> metric -> comparison of its methods."""
    return {size: compare(counts, protocol_named(protocol)) for size, counts in found.items()}


def score_table(
    found: Mapping[str, Counts],
    judged: Mapping[str, Mapping[str, Comparison]],
    *,
    name: str,
    entry: Mapping[str, Any],
    paper: pd.DataFrame,
    run: str,
    protocol: str,
    resolutions: Sequence[str],
) -> pd.DataFrame:
    """The table as `dakpn.tables.tidy` gives it. found: from `columns`, empty where the run lacks the task; judged:
    from `comparisons`.
    """
    names = ["kind", "task", "method", "resolution", "seed", "metric", "value", "protocol", "run"]
    chosen = protocol_named(protocol)
    rows = [
        (entry["kind"], entry["task"], method, size, seed, metric, 100 * value, protocol, run)
        for size, counts in found.items()
        for method, of_seeds in counts.of.items()
        for seed, matrices in zip(counts.seeds, of_seeds, strict=True)
        for metric, value in scores_under(matrices, chosen, counts.label_space)[0].items()
    ]
    rows = pd.DataFrame(rows, columns=names)
    return tidy(name, entry, paper, rows, run=run, protocol=protocol, resolutions=resolutions, comparisons=judged)


def difference_table(
    judged: Mapping[str, Mapping[str, Comparison]],
    *,
    name: str,
    entry: Mapping[str, Any],
    run: str,
    protocol: str,
    labels: Mapping[str, str],
) -> pd.DataFrame:
    """Every method of a table minus every method above it: points, 95 % interval, p and Holm's p."""
    lines = []
    for size, of_metrics in judged.items():
        for metric in (column["name"] for column in entry["metrics"]):
            pairs = {frozenset((pair.a, pair.b)): pair for pair in of_metrics[metric].pairs}
            for above, below in combinations(_ordered(of_metrics[metric].intervals, labels), 2):
                pair = pairs[frozenset((above, below))]
                sign = 1 if pair.a == below else -1
                value, (low, high) = sign * pair.value, sorted((sign * pair.low, sign * pair.high))
                # Adding zero turns a negative zero into zero.
                value, low, high = (round(100 * number, 8) + 0.0 for number in (value, low, high))
                line = dict(table=f"{name}-differences", task=entry["task"], resolution=size, metric=metric, size=size)
                line |= dict(method=f"{labels[below]} less {labels[above]}", value=value, unit="points", ci_low=low)
                line |= dict(ci_high=high, run=run, protocol=protocol, source="measured", p=pair.p, p_holm=pair.p_holm)
                shown = f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"
                lines.append({**line, "shown": shown, "marks": "resolved" if pair.resolved else ""})
    return pd.DataFrame(lines, columns=[*COLUMNS, "p", "p_holm"])


def multiverse_table(
    found: Mapping[str, Counts], *, name: str, entry: Mapping[str, Any], run: str, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Every score of a table under every protocol, in percent, as means over seeds.

    `place` is the method's rank among the column's methods, 1 = best; mark "rank": it differs from that under `paper`.
    """
    lines = []
    for size, counts in found.items():
        paper_places = {}
        for protocol in multiverse(counts.label_space):
            values = means(counts, protocol)
            for metric in (column["name"] for column in entry["metrics"]):
                order = sorted(values, key=lambda method: -values[method][metric])
                places = {method: place for place, method in enumerate(order, 1)}
                usual = paper_places.setdefault(metric, places)
                for method in _ordered(values, labels):
                    value = round(100 * values[method][metric], 8)
                    line = dict(table=f"{name}-multiverse", task=entry["task"], method=labels[method], resolution=size)
                    line |= dict(metric=metric, value=value, unit="percent", seeds=len(counts.seeds), run=run)
                    line |= dict(protocol=protocol.name, source="measured", size=size, shown=f"{value:.2f}")
                    moved = places[method] != usual[method]
                    lines.append({**line, "marks": "rank" if moved else "", "place": places[method]})
    return pd.DataFrame(lines, columns=[*COLUMNS, "place"])


def means(counts: Counts, protocol: Protocol) -> dict[str, dict[str, float]]:
    """Method -> metric -> mean over seeds, in [0,1]."""
    scored = {
        m: [scores_under(one, protocol, counts.label_space)[0] for one in seeds] for m, seeds in counts.of.items()
    }
    return {
        m: {metric: float(np.mean([s[metric] for s in seeds])) for metric in METRICS} for m, seeds in scored.items()
    }


def _ordered(methods: Iterable[str], labels: Mapping[str, str]) -> list[str]:
    """`methods` in display order."""
    return [method for method in labels if method in set(methods)]
