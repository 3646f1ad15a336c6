"""The tables of scores from confusion stores alone: values, intervals, differences, and every protocol.

A rule that writes a table and the check that recomputes it go through the same functions.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dakpn.data.label_spaces import LABEL_SPACES, LabelSpace
from dakpn.evaluation.comparison import Comparison, Counts, compare, gather
from dakpn.evaluation.protocols import METRICS, Protocol, multiverse, protocol_named, scores_under
from dakpn.tables.lines import COLUMNS
from dakpn.tables.tidy import area, tidy


class Stored(NamedTuple):
    """A confusion store and what it was measured on."""

    kind: str
    task: str
    method: str
    resolution: str
    seed: int
    path: str


def stored(jobs: Iterable[Sequence[Any]], paths: Iterable[str]) -> list[Stored]:
    """Stores from (kind, task, method, resolution, seed) and the path of each."""
    return [Stored(*job, path) for job, path in zip(jobs, map(str, paths), strict=True)]


def columns(entry: Mapping[str, Any], stores: Iterable[Stored]) -> dict[str, Counts]:
    """Size of the run, smallest first -> confusion matrices of all methods, for the table that `entry` of tables.yaml
    describes.
    """
    found: dict[str, list[tuple[str, int, str]]] = {}
    for store in stores:
        if (store.kind, store.task) == (entry["kind"], entry["task"]):
            found.setdefault(store.resolution, []).append((store.method, store.seed, store.path))
    return {size: gather(found[size]) for size in sorted(found, key=area)}


def comparisons(found: Mapping[str, Counts], protocol: str, space: str) -> dict[str, dict[str, Comparison]]:
    """Size -> metric -> comparison of its methods."""
    return {size: compare(counts, protocol_named(protocol), LABEL_SPACES[space]) for size, counts in found.items()}


def score_table(
    number: int,
    spec: Mapping[str, Any],
    paper: pd.DataFrame,
    found: Mapping[str, Counts],
    judged: Mapping[str, Mapping[str, Comparison]],
    *,
    run: str,
    protocol: str,
    space: str,
    resolutions: list[str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Table `number` as `dakpn.tables.tidy` gives it. found: from `columns`; judged: from `comparisons`; space: label
    space of the task's target, "" where the run lacks the task and `found` is empty.
    """
    entry = spec["tables"][number]
    names = ["kind", "task", "method", "resolution", "seed", "metric", "value", "protocol", "run"]
    chosen, label_space = protocol_named(protocol), LABEL_SPACES.get(space)
    rows = [
        (entry["kind"], entry["task"], method, size, seed, metric, 100 * value, protocol, run)
        for size, counts in found.items()
        for method, of_seeds in counts.of.items()
        for seed, matrices in zip(counts.seeds, of_seeds, strict=True)
        for metric, value in scores_under(matrices, chosen, label_space)[0].items()
    ]
    rows = pd.DataFrame(rows, columns=names)
    about = dict(run=run, protocol=protocol, resolutions=resolutions, labels=dict(labels or {}))
    return tidy(number, spec, paper, rows, **about, comparisons=judged)


def difference_table(
    number: int,
    spec: Mapping[str, Any],
    judged: Mapping[str, Mapping[str, Comparison]],
    *,
    run: str,
    protocol: str,
    labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Every method of table `number` less every method above it: points, 95 % interval, p and Holm's p."""
    entry, lines = spec["tables"][number], []
    names = _names(spec, labels)
    for size, of_metrics in judged.items():
        for metric in (column["name"] for column in entry["metrics"]):
            gaps = {frozenset((gap.a, gap.b)): gap for gap in of_metrics[metric].gaps}
            for above, below in combinations(_ordered(of_metrics[metric].intervals, names), 2):
                gap = gaps[frozenset((above, below))]
                sign = 1 if gap.a == below else -1
                value, (low, high) = sign * gap.value, sorted((sign * gap.low, sign * gap.high))
                # Adding zero turns a negative zero into zero.
                value, low, high = (round(100 * number, 8) + 0.0 for number in (value, low, high))
                line = dict(table=f"differences{number}", task=entry["task"], resolution=size, metric=metric, size=size)
                line |= dict(method=f"{names[below]} less {names[above]}", value=value, unit="points", ci_low=low)
                line |= dict(ci_high=high, run=run, protocol=protocol, source="measured", p=gap.p, p_holm=gap.p_holm)
                shown = f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"
                lines.append({**line, "shown": shown, "marks": "resolved" if gap.resolved else ""})
    return pd.DataFrame(lines, columns=[*COLUMNS, "p", "p_holm"])


def multiverse_table(
    number: int,
    spec: Mapping[str, Any],
    found: Mapping[str, Counts],
    *,
    run: str,
    space: str,
    labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Every score of table `number` under every protocol, in percent, as means over seeds.

    `place` is the method's place among the column's methods, 1 = best; mark "rank": another place than under `paper`.
    """
    entry, lines = spec["tables"][number], []
    names, label_space = _names(spec, labels), LABEL_SPACES[space]
    for size, counts in found.items():
        paper_places = {}
        for protocol in multiverse(label_space):
            values = means(counts, protocol, label_space)
            for metric in (column["name"] for column in entry["metrics"]):
                order = sorted(values, key=lambda method: -values[method][metric])
                places = {method: place for place, method in enumerate(order, 1)}
                usual = paper_places.setdefault(metric, places)
                for method in _ordered(values, names):
                    value = round(100 * values[method][metric], 8)
                    line = dict(table=f"multiverse{number}", task=entry["task"], method=names[method], resolution=size)
                    line |= dict(metric=metric, value=value, unit="percent", seeds=len(counts.seeds), run=run)
                    line |= dict(protocol=protocol.name, source="measured", size=size, shown=f"{value:.2f}")
                    moved = places[method] != usual[method]
                    lines.append({**line, "marks": "rank" if moved else "", "place": places[method]})
    return pd.DataFrame(lines, columns=[*COLUMNS, "place"])


def means(counts: Counts, protocol: Protocol, space: LabelSpace) -> dict[str, dict[str, float]]:
    """Method -> metric -> mean over seeds, in [0,1]."""
    found = {m: [scores_under(matrices, protocol, space)[0] for matrices in seeds] for m, seeds in counts.of.items()}
    return {m: {metric: float(np.mean([s[metric] for s in seeds])) for metric in METRICS} for m, seeds in found.items()}


def _names(spec: Mapping[str, Any], labels: Mapping[str, str] | None) -> dict[str, str]:
    """Method key -> label, in display order: the harness's own, then methods that it does not know, then Target."""
    names = {**spec["labels"], **{key: label for key, label in (labels or {}).items() if key not in spec["labels"]}}
    return {**{key: label for key, label in names.items() if key != "target"}, "target": names["target"]}


def _ordered(methods: Iterable[str], names: dict[str, str]) -> list[str]:
    for method in methods:
        names.setdefault(method, method)
    return [method for method in names if method in set(methods)]
