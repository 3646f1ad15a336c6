"""Label spaces: the classes behind train ids, their colours, and what a score averages over.

The street classes are those of the official cityscapesScripts (importing torchvision's table would cost every job two
seconds; tests/data/test_label_spaces.py compares the two). What no library has, the face classes and what is scored,
lies in label_spaces.yaml. A data set of one's own brings its label space along (`dakpn.data.folder`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from cityscapesscripts.helpers.labels import labels as CITYSCAPES_LABELS

from dakpn.errors import InputError

IGNORE = 255


@dataclass(frozen=True)
class LabelSpace:
    """Classes in the order of their train ids.

    ids: the ids of the official label files; colours: (n, 3) uint8; scored: train ids that class accuracy and mIoU
    average over, every other label counts as ignored; merge: train id -> train id, applied to labels and predictions
    before scoring; subsets: smaller sets of train ids that some publications average over, by name. Two label spaces
    are equal when all but their colours are.
    """

    name: str
    classes: tuple[str, ...]
    ids: tuple[int, ...]
    colours: np.ndarray = field(compare=False)
    scored: tuple[int, ...]
    merge: dict[int, int] = field(default_factory=dict)
    subsets: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.classes)

    def to_dict(self) -> dict[str, Any]:
        """All facts in the types of JSON, for files that must be readable without the data set."""
        return json.loads(json.dumps({**vars(self), "colours": self.colours.tolist()}))

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "LabelSpace":
        """The inverse of `to_dict`. Raises KeyError for a missing fact, TypeError or ValueError for a foreign one."""
        return cls(
            name=facts["name"],
            classes=tuple(facts["classes"]),
            ids=tuple(facts["ids"]),
            colours=np.array(facts["colours"], np.uint8),
            scored=tuple(facts["scored"]),
            merge={int(old): new for old, new in facts["merge"].items()},
            subsets={name: tuple(ids) for name, ids in facts["subsets"].items()},
        )

    def colourise(self, labels: np.ndarray) -> np.ndarray:
        """(..., H, W) integer train ids -> (..., H, W, 3) uint8 in the official colours; other ids are black."""
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


def check_same_space(source: LabelSpace, target: LabelSpace, where: str) -> None:
    """Raise InputError that begins with `where` unless both have the same classes in the same order.

    A network trained on labels of one is then scored on labels of the other; what is scored and merged may differ.
    """
    if source.classes == target.classes:
        return
    alone = ""
    for label_space, other in ((source, target), (target, source)):
        names = [name for name in label_space.classes if name not in other.classes]
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        alone += f"; only in {label_space.name}: {', '.join(names[:10])}{more}" if names else ""
    raise InputError(
        f"{where}: the labels of {source.name} ({len(source)} classes) and of {target.name} ({len(target)} classes) "
        f"are not of one label space{alone or '; the order of the classes differs'}. Choose data sets with the same "
        "classes, or map your own onto the other's with `label_space` and `map` in its classes.yaml (docs/data.md)."
    )


def _load() -> dict[str, LabelSpace]:
    spaces = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return {name: _space(name, facts) for name, facts in spaces.items()}


def _space(name: str, facts: dict[str, Any]) -> LabelSpace:
    entries = facts.get("classes") or _street_classes()
    classes, ids, colours = ([entry[key] for entry in entries] for key in ("name", "id", "colour"))
    optional = {"merge": {}, "subsets": {}}
    return LabelSpace.from_dict({**optional, **facts, "name": name, "classes": classes, "ids": ids, "colours": colours})


def _street_classes() -> list[dict]:
    """The classes of Cityscapes that have a train id, in its order."""
    trained = sorted(
        (label for label in CITYSCAPES_LABELS if 0 <= label.trainId < IGNORE), key=lambda label: label.trainId
    )
    return [{"name": label.name, "id": label.id, "colour": label.color} for label in trained]


LABEL_SPACES: dict[str, LabelSpace] = _load()
