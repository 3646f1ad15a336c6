"""The tables of scores from confusion stores alone: values, intervals, differences, and every protocol.

The rule `table` and the verification of a run both call `score_tables`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dakpn.config.size import Size
from dakpn.evaluation.comparison import Counts, compare, gather
from dakpn.evaluation.protocols import Protocol, multiverse, protocol_named, scores_under
from dakpn.tables.lines import COLUMNS
from dakpn.tables.tidy import Comparisons, tidy


class Stored(NamedTuple):
    """A confusion store and what it was measured on."""

    kind: str
    task: str
    method: str
    resolution: str
    seed: int
    replicate: int
    path: str


class ScoreTables(NamedTuple):
    """A table, its differences and its multiverse as tidy tables, and the comparisons that the first two show."""

    table: pd.DataFrame
    differences: pd.DataFrame
    multiverse: pd.DataFrame
    comparisons: Comparisons


def stored(jobs: Iterable[Sequence[Any]], paths: Iterable[str]) -> list[Stored]:
    """Stores from (kind, task, method, resolution, seed, replicate) and the path of each."""
    return [Stored(*job, path) for job, path in zip(jobs, map(str, paths), strict=True)]


def score_tables(settings: Mapping[str, Any], paths: Iterable[str], paper: pd.DataFrame) -> ScoreTables:
    """A table of scores with all that belongs to it.

    settings: of the plan's node (run, protocol, labels in display order, name, entry, resolutions, stores). paths: of
    the stores. paper: from `dakpn.paper.load_paper`.
    """
    about, protocol = {key: settings[key] for key in ("name", "entry", "run")}, settings["protocol"]
    by_size, labels = columns(stored(settings["stores"], paths)), settings["labels"]
    judged = comparisons(by_size, protocol)
    return ScoreTables(
        score_table(by_size, judged, paper=paper, protocol=protocol, resolutions=settings["resolutions"], **about),
        difference_table(judged, protocol=protocol, labels=labels, **about),
        multiverse_table(by_size, labels=labels, **about),
        judged,
    )


def columns(stores: Iterable[Stored]) -> dict[str, Counts]:
    """Size of the run, smallest first -> confusion matrices of all methods, for the stores of one table."""
    by_size = gather_groups((store.resolution, store[2:3] + store[4:]) for store in stores)
    return dict(sorted(by_size.items(), key=lambda item: Size.parse(item[0]).area))


def gather_groups(stores: Iterable[tuple[Any, tuple[str, int, int, str]]]) -> dict[Any, Counts]:
    """(key, (method, seed, replicate, path)) of each store -> key -> its stores by `comparison.gather`, which may raise
    InputError.
    """
    listed: dict[Any, list[tuple[str, int, int, str]]] = {}
    for key, store in stores:
        listed.setdefault(key, []).append(store)
    return {key: gather(group) for key, group in listed.items()}


def comparisons(by_size: Mapping[str, Counts], protocol: str) -> Comparisons:
    """Compare the methods of each size. by_size: from `columns`."""
    return {size: compare(counts, protocol_named(protocol)) for size, counts in by_size.items()}


def score_table(
    by_size: Mapping[str, Counts],
    judged: Comparisons,
    *,
    name: str,
    entry: Mapping[str, Any],
    paper: pd.DataFrame,
    run: str,
    protocol: str,
    resolutions: Sequence[str],
) -> pd.DataFrame:
    """The table as `dakpn.tables.tidy` gives it. by_size: from `columns`, empty where the run lacks the task; judged:
    from `comparisons`.
    """
    names = ["kind", "task", "method", "resolution", "seed", "metric", "value", "protocol", "run"]
    rows = [
        (entry["kind"], entry["task"], method, size, seed, metric, 100 * value, protocol, run)
        for size, counts in by_size.items()
        for method, scored in scores_by_seed(counts, protocol_named(protocol)).items()
        for seed, of_seed in scored.items()
        for metric, value in of_seed.items()
    ]
    rows = pd.DataFrame(rows, columns=names)
    return tidy(name, entry, paper, rows, run=run, protocol=protocol, resolutions=resolutions, comparisons=judged)


def difference_table(
    judged: Comparisons, *, name: str, entry: Mapping[str, Any], run: str, protocol: str, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Every method of a table minus every method above it: points, 95 % interval, p, Holm's p, and Holm's p of
    equivalence.
    """
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
                line |= dict(p_equivalent=pair.p_equivalent)
                shown = f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"
                lines.append({**line, "shown": shown, "marks": "" if pair.verdict == "undecided" else pair.verdict})
    return pd.DataFrame(lines, columns=[*COLUMNS, "p", "p_holm", "p_equivalent"])


def multiverse_table(
    by_size: Mapping[str, Counts], *, name: str, entry: Mapping[str, Any], run: str, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Every score of a table under every protocol, in percent, as means over seeds.

    `place` is the method's rank among the column's methods, 1 = best; mark "rank": it differs from that under `paper`.
    """
    lines = []
    for size, counts in by_size.items():
        paper_places = {}
        for protocol in multiverse(counts.label_space):
            scored = scores_by_seed(counts, protocol).items()
            for metric in (column["name"] for column in entry["metrics"]):
                values = {m: float(np.mean([score[metric] for score in scores.values()])) for m, scores in scored}
                order = sorted(values, key=lambda method: -values[method])
                places = {method: place for place, method in enumerate(order, 1)}
                usual = paper_places.setdefault(metric, places)
                for method in _ordered(values, labels):
                    value = round(100 * values[method], 8)
                    line = dict(table=f"{name}-multiverse", task=entry["task"], method=labels[method], resolution=size)
                    line |= dict(metric=metric, value=value, unit="percent", seeds=len(counts.of[method]), run=run)
                    line |= dict(protocol=protocol.name, source="measured", size=size, shown=f"{value:.2f}")
                    moved = places[method] != usual[method]
                    lines.append({**line, "marks": "rank" if moved else "", "place": places[method]})
    return pd.DataFrame(lines, columns=[*COLUMNS, "place"])


def replicate_scores(counts: Counts, protocol: Protocol, scale: float = 1.0) -> dict[str, dict[str, np.ndarray]]:
    """Method -> metric -> (S,K) scores in [0,1] times `scale`, of S training seeds x K segmenter replicates."""
    result = {}
    for method, seeds in counts.of.items():
        rows = [[scores_under(one, protocol, counts.label_space)[0] for one in own] for own in seeds.values()]
        result[method] = {
            metric: scale * np.array([[score[metric] for score in row] for row in rows]) for metric in rows[0][0]
        }
    return result


def scores_by_seed(counts: Counts, protocol: Protocol) -> dict[str, dict[int, dict[str, float]]]:
    """Method -> training seed -> metric -> score in [0,1], the mean over the seed's replicates."""
    return {
        method: {
            seed: {metric: float(np.mean(scores[index])) for metric, scores in metrics.items()}
            for index, seed in enumerate(counts.of[method])
        }
        for method, metrics in replicate_scores(counts, protocol).items()
    }


def _ordered(methods: Iterable[str], labels: Mapping[str, str]) -> list[str]:
    """`methods` in display order."""
    return [method for method in labels if method in set(methods)]
