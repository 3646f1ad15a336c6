"""Label spaces: the classes behind train ids, their colours, and what a score averages over.

The street classes are those of the official cityscapesScripts (importing torchvision's table would cost every job two
seconds; tests/test_labels.py compares the two). What no library has, the face classes and what is scored, lies in
labels.yaml.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml
from cityscapesscripts.helpers.labels import labels as CITYSCAPES_LABELS

IGNORE = 255


@dataclass(frozen=True)
class LabelSpace:
    """Classes in the order of their train ids.

    ids: the ids of the official label files; colours: (n, 3) uint8; scored: train ids that class accuracy and mIoU
    average over, every other label counts as ignored; merge: train id -> train id, applied to labels and predictions
    before scoring; subsets: smaller sets of train ids that some publications average over, by name.
    """

    name: str
    classes: tuple[str, ...]
    ids: tuple[int, ...]
    colours: np.ndarray
    scored: tuple[int, ...]
    merge: dict[int, int] = field(default_factory=dict)
    subsets: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.classes)

    def colourise(self, labels: np.ndarray) -> np.ndarray:
        """(..., H, W) integer train ids -> (..., H, W, 3) uint8 in the official colours; ids outside the space are
        black.
        """
        table = np.zeros((256, 3), np.uint8)
        table[: len(self)] = self.colours
        return table[labels]

    def for_scoring(self) -> tuple[np.ndarray, np.ndarray]:
        """Two (256,) uint8 look-up tables, for labels and for predictions, that apply `merge` and ignore unscored
        labels.
        """
        prediction = np.arange(256, dtype=np.uint8)
        for old, new in self.merge.items():
            prediction[old] = new
        label = np.full(256, IGNORE, np.uint8)
        for train_id in range(len(self)):
            if prediction[train_id] in self.scored:
                label[train_id] = prediction[train_id]
        return label, prediction


def _load() -> dict[str, LabelSpace]:
    spaces = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return {name: _space(name, facts.get("classes") or _street_classes(), facts) for name, facts in spaces.items()}


def _space(name: str, classes: list[dict], facts: dict) -> LabelSpace:
    return LabelSpace(
        name=name,
        classes=tuple(entry["name"] for entry in classes),
        ids=tuple(entry["id"] for entry in classes),
        colours=np.array([entry["colour"] for entry in classes], np.uint8),
        scored=tuple(facts["scored"]),
        merge=facts.get("merge", {}),
        subsets={subset: tuple(ids) for subset, ids in facts.get("subsets", {}).items()},
    )


def _street_classes() -> list[dict]:
    """The classes of Cityscapes that have a train id, in its order."""
    trained = sorted(
        (label for label in CITYSCAPES_LABELS if 0 <= label.trainId < IGNORE), key=lambda label: label.trainId
    )
    return [{"name": label.name, "id": label.id, "colour": label.color} for label in trained]


LABEL_SPACES: dict[str, LabelSpace] = _load()
