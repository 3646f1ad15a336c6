"""Evaluation protocols as data: how scores are read off confusion matrices, and the rows of scores under each.

Nothing here needs images or weights. What cannot change after scoring (void pixels, resizing, which images) is chosen
in the section `evaluation` of the configuration. paper/decisions.yaml says what the paper and its code do.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from dakpn.data.label_spaces import LabelSpace
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import METRICS, from_marginals, marginals
from dakpn.evaluation.statistics import interval, paired_bootstrap

Absent = Literal["exclude", "one", "zero"]
Average = Literal["dataset", "image"]


@dataclass(frozen=True)
class Protocol:
    """How scores are read off confusion matrices.

    absent: how a class that never occurs is scored (`dakpn.evaluation.metrics.scores`). classes: those that the means
    run over: the scored ones of the label space, all its slots, or a subset of it ("16"). average: one matrix summed
    over the data set, or the mean of the scores of its images.
    """

    name: str
    absent: Absent
    classes: str
    average: Average = "dataset"

    def of(self, label_space: LabelSpace) -> tuple[int, ...]:
        """Train ids that the means run over. Raises InputError for a subset that the label space lacks."""
        sets = class_sets(label_space)
        if self.classes not in sets:
            raise InputError(
                f"protocol: {label_space.name} has no class set '{self.classes}'. Choose {', '.join(sets)}."
            )
        return sets[self.classes]

    @property
    def options(self) -> dict[str, str]:
        """Keywords of the bootstrap but for the classes."""
        return {"absent": self.absent, "average": self.average}


PROTOCOLS = {
    "paper": Protocol("paper", absent="exclude", classes="scored"),
    "released": Protocol("released", absent="one", classes="all"),
}
PATTERN = rf"({'|'.join(get_args(Absent))})-([a-z0-9]+)-({'|'.join(get_args(Average))})"


def protocol_named(name: str) -> Protocol:
    """`paper`, `released`, or any other by its parts: absent-classes-average, such as exclude-16-image."""
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    parts = re.fullmatch(PATTERN, name)
    if parts is None:
        raise InputError(f"protocol: '{name}' is unknown. Take paper, released, or parts such as exclude-16-image.")
    return Protocol(name, *parts.groups())


def class_sets(label_space: LabelSpace) -> dict[str, tuple[int, ...]]:
    """Name -> train ids: `scored`, `all`, and the smaller sets in use for the label space."""
    return {"scored": label_space.scored, "all": tuple(range(len(label_space))), **label_space.subsets}


def multiverse(label_space: LabelSpace) -> list[Protocol]:
    """Every protocol that confusion matrices of the label space can be scored under: `paper`, `released`, then the others."""
    sets: dict[tuple[int, ...], str] = {}
    for name, chosen in class_sets(label_space).items():
        sets.setdefault(chosen, name)
    found = {(p.absent, p.of(label_space), p.average): p for p in PROTOCOLS.values()}
    for average in get_args(Average):
        for chosen, name in sets.items():
            for absent in get_args(Absent):
                found.setdefault(
                    (absent, chosen, average), Protocol(f"{absent}-{name}-{average}", absent, name, average)
                )
    return list(found.values())


def scores_under(
    counts: np.ndarray, protocol: Protocol, label_space: LabelSpace
) -> tuple[dict[str, float], np.ndarray]:
    """(N,n,n) matrices -> metric (METRICS) in [0,1], and the IoU of every class over the set, nan where excluded."""
    chosen, sums = protocol.of(label_space), marginals(counts)
    *_, iou = from_marginals(sums.sum(axis=0), protocol.absent, chosen)
    if protocol.average == "dataset":
        found = from_marginals(sums.sum(axis=0), protocol.absent, chosen)[:3]
    else:
        # An image without a counted pixel has no score.
        found = [
            np.nanmean(values) if np.isfinite(values).any() else np.nan
            for values in from_marginals(sums, protocol.absent, chosen)[:3]
        ]
    return dict(zip(METRICS, map(float, found), strict=True)), iou


def score_rows(store: ConfusionStore) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of every metric with its interval over test images, and of every class's IoU, in percent, for each of
    PROTOCOLS.
    """
    label_space, rows, classes = store.label_space, [], []
    for protocol in PROTOCOLS.values():
        found, iou = scores_under(store.counts, protocol, label_space)
        drawn = paired_bootstrap({"": store.counts[None]}, classes=protocol.of(label_space), **protocol.options)
        for metric, attribute in METRICS.items():
            low, high = interval(drawn[attribute][""])
            row = {"metric": metric, "value": 100 * found[metric], "unit": "percent"}
            rows.append({**row, "ci_low": 100 * low, "ci_high": 100 * high, "protocol": protocol.name})
        chosen = protocol.of(label_space)
        classes += [{"class": label_space.classes[i], "iou": 100 * iou[i], "protocol": protocol.name} for i in chosen]
    return rows, classes
