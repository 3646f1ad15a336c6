"""Comparing the methods of a table: intervals, paired differences with Holm's correction, and groups of equals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from string import ascii_lowercase
from typing import Literal

import numpy as np

from dakpn.data.label_spaces import LabelSpace
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.protocols import Protocol
from dakpn.evaluation.statistics import Measured, combined, measure

LEVEL = 0.05
MARGIN = 0.01
"""Two scores within one point count as equal (decision equivalence-margin)."""


@dataclass(frozen=True)
class Counts:
    """The confusion matrices behind one column of a table: method -> training seed -> (K,N,n,n) of K segmenter
    replicates, the same images for all, in one label space. Methods may have other seeds."""

    ids: tuple[str, ...]
    label_space: LabelSpace
    of: Mapping[str, Mapping[int, np.ndarray]]


@dataclass(frozen=True)
class PairwiseDifference:
    """Score of a minus score of b, in [-1,1]: difference of their means over seeds, its 95 % interval, p of "equal",
    Holm's p, and Holm's p of "MARGIN or more apart"."""

    a: str
    b: str
    value: float
    low: float
    high: float
    p: float
    p_holm: float
    p_equivalent: float

    @property
    def verdict(self) -> Literal["different", "equivalent", "undecided"]:
        """Whether the two can be told apart, or are known to be within MARGIN, all pairs of the column considered."""
        return "different" if self.p_holm < LEVEL else "equivalent" if self.p_equivalent < LEVEL else "undecided"


@dataclass(frozen=True)
class Comparison:
    """One metric of one column: method -> (low, high) in [0,1], the differences of all pairs, method -> letters of its
    groups. Methods that share a letter cannot be told apart; without letters nothing was judged."""

    intervals: Mapping[str, tuple[float, float]]
    pairs: Sequence[PairwiseDifference]
    groups: Mapping[str, str]

    @property
    def minimum_detectable_difference(self) -> tuple[float, float] | None:
        """The smallest gap that could be resolved: half the 95 % interval of a difference, for the narrowest pair and
        for the median pair. None where no pair was judged."""
        halves = [(pair.high - pair.low) / 2 for pair in self.pairs if np.isfinite(pair.p_holm)]
        return (float(min(halves)), float(np.median(halves))) if halves else None


def gather(stores: Iterable[tuple[str, int, int, str]]) -> Counts:
    """Read the stores (method, seed, replicate, path) of one column. Raises InputError naming the store whose images or
    label space differ from the first one's, and the method whose seeds have unequal numbers of replicates."""
    counts: dict[str, dict[int, dict[int, np.ndarray]]] = {}
    ids, label_space = None, None
    for method, seed, replicate, path in stores:
        store = ConfusionStore.load(path)
        ids, label_space = (store.ids, store.label_space) if ids is None else (ids, label_space)
        if store.ids != ids:
            raise InputError(f"{path}: holds other images than the other methods' stores. Score it again.")
        if store.label_space != label_space:
            raise InputError(
                f"{path}: is scored in {store.label_space.name}, others in {label_space.name}. Score it again."
            )
        counts.setdefault(method, {}).setdefault(int(seed), {})[int(replicate)] = store.counts
    for method, seeds in counts.items():
        if len({len(replicates) for replicates in seeds.values()}) > 1:
            raise InputError(
                f"{method}: some seeds have more replicates than others. Score them all, or leave some out."
            )
    # Sorted, so that a tie falls the same way whatever the order of the stores.
    of = {
        method: {seed: np.stack([one for _, one in sorted(own.items())]) for seed, own in sorted(seeds.items())}
        for method, seeds in sorted(counts.items())
    }
    return Counts(ids or (), label_space, of)


def compare(counts: Counts, protocol: Protocol, *, resamples: int = 10_000) -> dict[str, Comparison]:
    """Metric (METRICS) -> comparison of all methods of a column. Holm's correction runs over the pairs of a metric."""
    options = {**protocol.options, "classes": protocol.of(counts.label_space)}
    measured = measure(counts.of, resamples=resamples, **options)
    return {metric: of_measured(measured[attribute]) for metric, attribute in METRICS.items()}


def in_points(counts: Counts, protocol: Protocol, *, resamples: int = 10_000) -> dict[str, dict[str, Measured]]:
    """Method -> metric (METRICS) -> its score in percent, so that differences are in points."""
    options = {**protocol.options, "classes": protocol.of(counts.label_space)}
    measured = measure(counts.of, resamples=resamples, **options)
    return {m: {metric: measured[name][m].scaled(100, "points") for metric, name in METRICS.items()} for m in counts.of}


def of_measured(measured: Mapping[str, Measured]) -> Comparison:
    """The comparison of methods by one metric. Differences name the better method first; letters are given out from the
    best method on. One seed leaves the noise of training unmeasured: then there are intervals over images, but no p and
    no letters."""
    order = sorted(measured, key=lambda method: -measured[method].value)
    pairs = list(combinations(order, 2))
    gaps = [combined((measured[a], 1.0), (measured[b], -1.0)) for a, b in pairs]
    p_values = [gap.differs() for gap in gaps]
    both = zip(p_values, holm(p_values), holm([gap.equivalent(MARGIN) for gap in gaps]), strict=True)
    differences = [
        PairwiseDifference(a, b, gap.value, *gap.interval(), *p)
        for (a, b), gap, p in zip(pairs, gaps, both, strict=True)
    ]
    apart = {frozenset((pair.a, pair.b)) for pair in differences if pair.verdict == "different"}
    decides = all(number.decides for number in measured.values())
    groups = letters(order, apart) if decides else dict.fromkeys(order, "")
    return Comparison({method: number.interval() for method, number in measured.items()}, differences, groups)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number, step-down (Holm 1979), at most one; nan stays and is not counted."""
    p, corrected = np.asarray(p_values, dtype=float), np.full(len(p_values), np.nan)
    order = np.argsort(p)[: np.isfinite(p).sum()]  # nan is last
    corrected[order] = np.maximum.accumulate(np.minimum(1.0, np.arange(len(order), 0, -1) * p[order]))
    return corrected.tolist()


def letters(methods: Sequence[str], apart: Iterable[frozenset[str]]) -> dict[str, str]:
    """Compact letter display (Piepho 2004): two methods share a letter exactly when they are not `apart`. methods: in
    the order in which letters are given out."""
    groups = [frozenset(methods)]
    for pair in sorted(apart, key=sorted):
        split = [group - {method} for group in groups if pair <= group for method in sorted(pair)]
        groups = [group for group in groups if not pair <= group]
        for group in sorted(split, key=len, reverse=True):
            if not any(group <= other for other in groups):
                groups.append(group)
    rank = {method: place for place, method in enumerate(methods)}
    groups.sort(key=lambda group: sorted(rank[method] for method in group))
    names = [ascii_lowercase[i % 26] * (i // 26 + 1) for i in range(len(groups))]
    return {method: "".join(n for n, group in zip(names, groups, strict=True) if method in group) for method in methods}
