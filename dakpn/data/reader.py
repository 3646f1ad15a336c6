"""What the readers of all data sets share: finding pairs, decoding them, and refusing what does not fit."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np

from dakpn.data import images
from dakpn.data.hints import absence_hint
from dakpn.data.label_spaces import IGNORE, LABEL_SPACES, LabelSpace
from dakpn.errors import InputError

UNKNOWN = -1


def id_table(train_ids: dict[int, int], known: Iterable[int]) -> np.ndarray:
    """(256,) int16 from stored id to train id: IGNORE for the other `known` ids, UNKNOWN for ids the data set lacks."""
    table = np.full(256, UNKNOWN, np.int16)
    table[list(known)] = IGNORE
    for stored, train_id in train_ids.items():
        table[stored] = train_id
    return table


class Reader:
    """One split of one data set in its layout on disk.

    root: the folder the archives were unpacked into; split: one of `splits`; options: keywords out of `choices`.
    Attributes: `ids` (sorted, unique); `missing`, ids of the split left out because image or label is not there;
    `dropped`, ids left out because they are known to be defective; `options`, the value of every choice; `lists`, the
    files that say which ids make the split.
    Raises InputError for an unknown split or option, a missing folder, two files of one id, and a split without a
    single complete pair.
    """

    name: ClassVar[str]
    label_space: str  # the name of `space`
    splits: tuple[str, ...]
    official: ClassVar[dict[str, int]] = {}  # split -> pairs in the release
    drawn: ClassVar[bool] = False  # whether procedural data of this layout are made where no root is given
    edited: ClassVar[tuple[str, ...]] = ()  # files in the root that a user writes; views and passports depend on them
    cure: ClassVar[str]  # which archives to unpack, a whole sentence; ends messages about missing or foreign files
    id_cure: ClassVar[str] = ""  # ends messages about foreign ids in labels, where it is another one
    marks: ClassVar[tuple[str, ...]]  # names by which the right root is told from the folders around it
    nested: ClassVar[str] = ""  # folder that the archive unpacks to; the root may be that folder or the one it lies in
    choices: ClassVar[dict[str, tuple[str, ...]]] = {}  # option -> its values, the default first
    oddities: ClassVar[dict[str, str]] = {}  # id -> a flaw that users have reported; such items are still used
    refused: ClassVar[dict[str, str]] = {}  # split that exists but is of no use -> why and what to do
    table: np.ndarray  # (256,) int16, see id_table
    files: ClassVar[tuple[tuple[str, str], ...]]  # folder ({split} in it) and name pattern, of images and of labels

    def __init__(self, root: str | Path, split: str, **options: str):
        if split in self.refused:
            raise InputError(f"{self.name}: split '{split}' cannot be used. {self.refused[split]}")
        if split not in self.splits:
            raise InputError(f"{self.name}: there is no split '{split}'. Choose one of {', '.join(self.splits)}.")
        self.root, self.split, self.options = self._home(Path(root)), split, self._checked(options)
        self.dropped: list[str] = []
        self._strays: list[Path] = []
        self.lists: list[Path] = []
        wanted, self._images, self._labels = self._scan()
        wanted = sorted(set(wanted))
        self.ids = [i for i in wanted if i in self._images and i in self._labels]
        self.missing = [i for i in wanted if i not in self._images or i not in self._labels]
        if not self.ids:
            raise self._empty()

    @classmethod
    def label_space_at(cls, root: str | Path) -> LabelSpace:
        """The label space of the data set at `root`, without looking at images. Raises InputError where it is read from
        a file of the data set and that file is missing or wrong."""
        return LABEL_SPACES[cls.label_space]

    @property
    def space(self) -> LabelSpace:
        """The classes that labels are given in."""
        return LABEL_SPACES[self.label_space]

    def _scan(self) -> tuple[Iterable[str], dict[str, Path], dict[str, list[Path]]]:
        """The ids of the split, the image file by id, and the label files by id (those that exist, split or not)."""
        images, labels = (self._files(self.root / place.format(split=self.split), name) for place, name in self.files)
        return self._wanted({*images, *labels}), images, {i: [path] for i, path in labels.items()}

    def _wanted(self, ids: set[str]) -> Iterable[str]:
        """Those of the `ids` on disk that belong to the split, and those that should be there."""
        return ids

    def __len__(self) -> int:
        return len(self.ids)

    def image_path(self, index: int) -> Path:
        """The image file of item `index`."""
        return self._images[self.ids[index]]

    def label_paths(self, index: int) -> list[Path]:
        """The files that the label of item `index` is made of: one, unless a data set keeps one file per class."""
        return self._labels[self.ids[index]]

    def image_of(self, name: str) -> Path:
        """The image file of an id."""
        return self._images[name]

    def official_count(self) -> int | None:
        """Pairs that the release has in this split, known defects included; None for a set without a release."""
        return self.official.get(self.split)

    def image(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB. Raises InputError naming a file that is missing or does not decode completely."""
        return images.read_rgb(self.image_path(index))

    def stored(self, index: int) -> np.ndarray:
        """(H, W) uint8 ids as the data set numbers its classes, as large as the image.

        Raises InputError naming a file that does not decode, holds colours, or differs in size from the image.
        """
        (path,) = self.label_paths(index)
        return self._fit(images.read_indices(path, self.cure), index)

    def label(self, index: int) -> np.ndarray:
        """(H, W) uint8 train ids of `space`, 255 = ignore, as large as the image.

        Raises InputError as `stored`, and for an id that the data set does not have.
        """
        return self.train_ids(self.stored(index), index)

    def train_ids(self, stored: np.ndarray, index: int) -> np.ndarray:
        """The (H, W) uint8 train ids of `stored`; raises as `label`."""
        train_ids = self.table[stored]
        if train_ids.min() == UNKNOWN:
            foreign = np.unique(stored[train_ids == UNKNOWN]).tolist()
            path = self.label_paths(index)[0]
            cure = self.id_cure or self.cure
            raise InputError(f"{path}: holds ids that {self.name} does not have: {foreign}. {cure}")
        return train_ids.astype(np.uint8)

    def check(self, index: int) -> tuple[int, int]:
        """(H, W) of the label, from headers alone.

        Raises InputError for a file that cannot be whole and for an image and a label whose sizes disagree.
        """
        for path in (self.image_path(index), *self.label_paths(index)):
            images.check_complete(path)
        size = images.stored_size(self.label_paths(index)[0])
        self._agree(size, index)
        return size

    def known_missing(self) -> list[str]:
        """Absent ids that complete copies of the data set lack too."""
        return []

    def producible(self) -> set[int]:
        """The train ids that labels of this data set can hold."""
        return {int(i) for i in self.table} - {IGNORE, UNKNOWN}

    @classmethod
    def _home(cls, root: Path) -> Path:
        if root.is_file():
            raise InputError(f"{root}: the root of {cls.name} is a file, not a folder. {cls.cure}")
        if not root.is_dir():
            raise InputError(f"{root}: there is no such folder. {cls.cure}")
        return root / cls.nested if cls.nested and (root / cls.nested).is_dir() else root

    def _checked(self, options: dict[str, str]) -> dict[str, str]:
        for key, value in options.items():
            if key not in self.choices:
                known = ", ".join(self.choices) or "none"
                raise InputError(f"{key}: {self.name} has no such option. Its options: {known}.")
            if value not in self.choices[key]:
                raise InputError(f"{key}: '{value}' is unknown. Choose {' or '.join(self.choices[key])}.")
        return {key: options.get(key, values[0]) for key, values in self.choices.items()}

    def _fit(self, label: np.ndarray, index: int) -> np.ndarray:
        self._agree(label.shape, index)
        return label

    def _agree(self, size: tuple[int, int], index: int) -> None:
        """Raise InputError unless a label of `size` fits its image."""
        height, width = images.stored_size(self.image_path(index))
        if size != (height, width):
            raise InputError(
                f"{self.label_paths(index)[0]}: the label is {size[1]}x{size[0]} pixels, its image "
                f"{width}x{height}. Unpack or copy both files again, or remove the pair."
            )

    def _require(self, folder: Path) -> Path:
        if not folder.is_dir():
            hint = absence_hint(self.root, self.marks, folder)
            raise InputError(f"{folder}: the folder does not exist. {hint}{self.cure}")
        return folder

    def _files(self, folder: Path, pattern: str) -> dict[str, Path]:
        """Files in `folder` whose name matches `pattern` (suffix in any case), by its first group.

        Raises InputError without the folder, for one that cannot be listed, and for two files of one id.
        """
        files: dict[str, Path] = {}
        stray = None
        for path in self._listed(folder):
            match = re.fullmatch(pattern, path.with_suffix(path.suffix.lower()).name)
            if match is None:
                stray = path
                continue
            if match[1] in files:
                raise self._twice(match[1], files[match[1]], path)
            files[match[1]] = path
        if not files and stray:
            self._strays.append(stray)
        return files

    def _listed(self, folder: Path) -> list[Path]:
        try:
            return sorted(self._require(folder).iterdir())
        except OSError as error:
            raise InputError(
                f"{folder}: the folder cannot be listed ({error.strerror}). Give yourself read and execute permission."
            ) from error

    def _twice(self, name: str, first: Path, second: Path) -> InputError:
        return InputError(f"{second}: a second file of id {name}, beside {first}. Remove the wrong one.")

    def _empty(self) -> InputError:
        hint = absence_hint(self.root, self.marks, self.root / self.marks[0])
        if not hint and self._strays:
            stray = self._strays[0].relative_to(self.root)
            hint = f"Names do not fit, such as {stray}: names and suffixes must be the official ones. "
        return InputError(
            f"{self.root}: split '{self.split}' of {self.name} has no image with a label "
            f"({len(self.missing)} ids lack one of the two). {hint}{self.cure}"
        )


class UnsplitReader(Reader):
    """A data set without official splits: the last tenth of the sorted ids (rounded up) is "val", the rest "train",
    everything "all" (decision facesynthetics-split).
    """

    splits = ("train", "val", "all")

    def _wanted(self, ids: set[str]) -> Iterable[str]:
        first_val = len(ids) - -(-len(ids) // 10)
        return sorted(ids)[{"train": slice(first_val), "val": slice(first_val, None), "all": slice(None)}[self.split]]
