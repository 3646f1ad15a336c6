"""Comparing the methods of a table: intervals, paired differences with Holm's correction, and groups of equals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from string import ascii_lowercase

import numpy as np

from dakpn.data.label_spaces import LabelSpace
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.protocols import Protocol, scores_under
from dakpn.evaluation.statistics import difference, interval, paired_bootstrap

LEVEL = 0.05


@dataclass(frozen=True)
class Counts:
    """The confusion matrices behind one column of a table: method -> (S,N,n,n), the same seeds and images for all, in
    one label space."""

    seeds: tuple[int, ...]
    ids: tuple[str, ...]
    label_space: LabelSpace
    of: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class PairwiseDifference:
    """Score of a minus score of b, in [-1,1]: difference of their means over seeds, its 95 % interval, p, Holm's p."""

    a: str
    b: str
    value: float
    low: float
    high: float
    p: float
    p_holm: float

    @property
    def resolved(self) -> bool:
        """Whether the two can be told apart, all pairs of the column considered."""
        return self.p_holm < LEVEL


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


def gather(stores: Iterable[tuple[str, int, str]]) -> Counts:
    """Read the stores (method, seed, path) of one column. Raises InputError naming the store whose images or label
    space differ from the first one's, and the method that lacks a seed."""
    counts: dict[str, dict[int, np.ndarray]] = {}
    ids, label_space = None, None
    for method, seed, path in stores:
        store = ConfusionStore.load(path)
        ids, label_space = (store.ids, store.label_space) if ids is None else (ids, label_space)
        if store.ids != ids:
            raise InputError(f"{path}: holds other images than the other methods' stores. Score it again.")
        if store.label_space != label_space:
            raise InputError(
                f"{path}: is scored in {store.label_space.name}, others in {label_space.name}. Score it again."
            )
        counts.setdefault(method, {})[int(seed)] = store.counts
    seeds = tuple(sorted({seed for of_seed in counts.values() for seed in of_seed}))
    for method, of_seed in counts.items():
        missing = sorted(set(seeds) - set(of_seed))
        if missing:
            raise InputError(f"{method}: seed {missing[0]} was not scored, others were. Score it, or leave it out.")
    # Sorted, so that a tie falls the same way whatever the order of the stores.
    of = {method: np.stack([counts[method][seed] for seed in seeds]) for method in sorted(counts)}
    return Counts(seeds, ids or (), label_space, of)


def compare(counts: Counts, protocol: Protocol, *, resamples: int = 10_000) -> dict[str, Comparison]:
    """Metric (METRICS) -> comparison of all methods of a column. Holm's correction runs over the pairs of a metric."""
    label_space = counts.label_space
    draws = paired_bootstrap(counts.of, resamples=resamples, classes=protocol.of(label_space), **protocol.options)
    scored = {
        method: [scores_under(matrices, protocol, label_space)[0] for matrices in of_seeds]
        for method, of_seeds in counts.of.items()
    }
    return {
        metric: of_draws(draws[attribute], {m: np.mean([s[metric] for s in seeds]) for m, seeds in scored.items()})
        for metric, attribute in METRICS.items()
    }


def of_draws(draws: Mapping[str, np.ndarray], values: Mapping[str, float]) -> Comparison:
    """The comparison of methods given their paired (R,) draws of one metric and their means over seeds. Differences
    name the better method first; letters are given out from the best method on. One seed leaves the noise of training
    unmeasured: then there are intervals over images, but no p and no letters."""
    order = sorted(draws, key=lambda method: -values[method])
    pairs = list(combinations(order, 2))
    tests = [difference(draws[a], draws[b]) for a, b in pairs]
    parts = filter(None, (getattr(of, "parts", None) for of in draws.values()))
    decides = all(len(of_seeds) > 1 for _, of_seeds, _ in parts)
    p_values = [test.p if decides else np.nan for test in tests]
    differences = [
        PairwiseDifference(a, b, float(values[a] - values[b]), test.low, test.high, *both)
        for (a, b), test, *both in zip(pairs, tests, p_values, holm(p_values), strict=True)
    ]
    apart = {frozenset((pair.a, pair.b)) for pair in differences if pair.resolved}
    groups = letters(order, apart) if decides else dict.fromkeys(order, "")
    return Comparison({method: interval(draws[method]) for method in draws}, differences, groups)


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
