"""What the readers of all data sets share: finding pairs, decoding them, and refusing what does not fit."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np

from dakpn.data import images
from dakpn.errors import InputError
from dakpn.labels import IGNORE

UNKNOWN = -1


def id_table(train_ids: dict[int, int], known: Iterable[int]) -> np.ndarray:
    """(256,) int16 from stored id to train id: IGNORE for the other `known` ids, UNKNOWN for ids the data set lacks."""
    table = np.full(256, UNKNOWN, np.int16)
    table[list(known)] = IGNORE
    for stored, train_id in train_ids.items():
        table[stored] = train_id
    return table


class Reader(ABC):
    """One split of one data set in its official layout.

    root: the folder the archives were unpacked into; split: one of `splits`.
    Attributes: `ids` (sorted, unique); `missing`, ids of the split left out because image or label is not there;
    `dropped`, ids left out because they are known to be defective; `options`, keywords that change what is read.
    Raises InputError for an unknown split, a missing folder and a split without a single complete pair.
    """

    name: ClassVar[str]
    label_space: ClassVar[str]
    splits: ClassVar[tuple[str, ...]]
    cure: ClassVar[str]  # which archives to unpack, a whole sentence; ends messages about missing or foreign files
    table: np.ndarray  # (256,) int16, see id_table

    def __init__(self, root: str | Path, split: str, **options: str):
        if split not in self.splits:
            raise InputError(f"{self.name}: there is no split '{split}'. Choose one of {', '.join(self.splits)}.")
        self.root, self.split, self.options = Path(root), split, options
        self.dropped: list[str] = []
        if not self.root.is_dir():
            raise InputError(f"{self.root}: the folder for {self.name} does not exist. {self.cure}")
        wanted, self._images, self._labels = self._scan()
        wanted = sorted(set(wanted))
        self.ids = [i for i in wanted if i in self._images and i in self._labels]
        self.missing = [i for i in wanted if i not in self._images or i not in self._labels]
        if not self.ids:
            raise InputError(
                f"{self.root}: split '{split}' of {self.name} has no image with a label "
                f"({len(self.missing)} ids lack one of the two). {self.cure}"
            )

    @abstractmethod
    def _scan(self) -> tuple[Iterable[str], dict[str, Path], dict[str, list[Path]]]:
        """The ids of the split, the image file by id, and the label files by id (those that exist, split or not)."""

    def __len__(self) -> int:
        return len(self.ids)

    def image_path(self, index: int) -> Path:
        """The image file of item `index`."""
        return self._images[self.ids[index]]

    def label_paths(self, index: int) -> list[Path]:
        """The files that the label of item `index` is made of: one, unless a data set keeps one file per class."""
        return self._labels[self.ids[index]]

    def image(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB. Raises InputError naming a file that is missing or does not decode completely."""
        return images.read_rgb(self.image_path(index))

    def label(self, index: int) -> np.ndarray:
        """(H, W) uint8 train ids of `label_space`, 255 = ignore, as large as the image.

        Raises InputError naming a file that does not decode, holds colours or unknown ids, or differs in size from the
        image.
        """
        (path,) = self.label_paths(index)
        stored = images.read_indices(path, self.cure)
        train_ids = self.table[stored]
        if train_ids.min() == UNKNOWN:
            foreign = np.unique(stored[train_ids == UNKNOWN]).tolist()
            raise InputError(f"{path}: holds ids that {self.name} does not have: {foreign}. {self.cure}")
        return self._fit(train_ids.astype(np.uint8), index)

    def producible(self) -> set[int]:
        """The train ids that labels of this data set can hold."""
        return {int(i) for i in self.table} - {IGNORE, UNKNOWN}

    def _fit(self, label: np.ndarray, index: int) -> np.ndarray:
        size = images.stored_size(self.image_path(index))
        if label.shape != size:
            raise InputError(
                f"{self.label_paths(index)[0]}: the label is {label.shape[1]}x{label.shape[0]} pixels, its image "
                f"{size[1]}x{size[0]}. Unpack both files again from the archives, or remove the pair."
            )
        return label

    def _files(self, folder: Path, pattern: str) -> dict[str, Path]:
        """Files in `folder` whose name matches `pattern`, by its first group. Raises InputError without the folder."""
        if not folder.is_dir():
            raise InputError(f"{folder}: the folder does not exist. {self.cure}")
        found = ((re.fullmatch(pattern, path.name), path) for path in folder.iterdir())
        return {match[1]: path for match, path in found if match}
