"""Evaluation protocols as data: how scores are read off confusion matrices, and the rows of scores under each.

Nothing here needs images or weights. What cannot change after scoring (void pixels, resizing, which images) is chosen
in the section `evaluation` of the configuration. paper/decisions.yaml says what the paper and its code do.
"""

import re
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args

import numpy as np

from dakpn.data.label_spaces import LabelSpace
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import METRICS, Absent, from_marginals, marginals
from dakpn.evaluation.statistics import measure

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
    """Name -> train ids: `scored`, `all`, and the subsets of the label space."""
    return {"scored": label_space.scored, "all": tuple(range(len(label_space))), **label_space.subsets}


def multiverse(label_space: LabelSpace) -> list[Protocol]:
    """Every protocol that confusion matrices can be scored under: `paper`, `released`, then the others."""
    parts = product(get_args(Average), class_sets(label_space), get_args(Absent))
    others = (Protocol(f"{absent}-{name}-{average}", absent, name, average) for average, name, absent in parts)
    different: dict[tuple, Protocol] = {}
    for protocol in (*PROTOCOLS.values(), *others):
        different.setdefault((protocol.absent, protocol.of(label_space), protocol.average), protocol)
    return list(different.values())


def scores_under(
    counts: np.ndarray, protocol: Protocol, label_space: LabelSpace
) -> tuple[dict[str, float], np.ndarray]:
    """(N,n,n) matrices -> metric (METRICS) in [0,1], and the IoU of every class over the set, nan where excluded."""
    chosen, sums = protocol.of(label_space), marginals(counts)
    *values, iou = from_marginals(sums.sum(axis=0), protocol.absent, chosen)
    if protocol.average == "image":
        # An image without a counted pixel has no score.
        of_images = from_marginals(sums, protocol.absent, chosen)[:3]
        values = [np.nanmean(of) if np.isfinite(of).any() else np.nan for of in of_images]
    return dict(zip(METRICS, map(float, values), strict=True)), iou


def score_rows(store: ConfusionStore) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of every metric with its interval over test images, and of every class's IoU, in percent, for each of
    PROTOCOLS."""
    label_space, rows, classes = store.label_space, [], []
    for protocol in PROTOCOLS.values():
        values, iou = scores_under(store.counts, protocol, label_space)
        chosen = protocol.of(label_space)
        measured = measure({"": {0: store.counts[None]}}, classes=chosen, **protocol.options)
        for metric, attribute in METRICS.items():
            low, high = measured[attribute][""].interval()
            row = {"metric": metric, "value": 100 * values[metric], "unit": "percent"}
            rows.append({**row, "ci_low": 100 * low, "ci_high": 100 * high, "protocol": protocol.name})
        classes += [{"class": label_space.classes[i], "iou": 100 * iou[i], "protocol": protocol.name} for i in chosen]
    return rows, classes
