"""GTA5 ("Playing for Data", Richter et al. 2016)."""

from collections import Counter

import numpy as np

from dakpn.data import images
from dakpn.data.hints import absence_hint
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.reader import Reader, id_table
from dakpn.errors import InputError

# Frames whose label differs in size from the image (the official page gives the number, users the range).
MISMATCHED_FRAMES = frozenset(f"{number:05d}" for number in range(20801, 20861))
# 15188 is white all over, 17705 black; both are smaller than the rest.
BLANK_FRAMES = frozenset({"15188", "17705"})
KNOWN_DEFECTS = MISMATCHED_FRAMES | BLANK_FRAMES
LICENSE_PLATE = 34
# Ids around the ends of archives that copies in circulation lack (24,941 pairs instead of 24,966).
KNOWN_GAPS = frozenset(
    f"{number:05d}"
    for first, last in ((2154, 2158), (4634, 4637), (7115, 7119), (9683, 9688), (12050, 12054))
    for number in range(first, last + 1)
)


class GTA5(Reader):
    """`images/NNNNN.png`, `labels/NNNNN.png` (palette PNG, index = id 0..34) and `split.mat`.

    Splits are those of split.mat; "all" is every pair on disk and needs no split.mat.
    known_defects: "drop" leaves out the 60 frames with labels of another size and the two blank ones; "keep" reads
    them, as the released code does, with such a label stretched to its image (nearest).
    Raises InputError as every reader, and for a split.mat that is missing or cannot be read.
    """

    name = "gta5"
    label_space = "cityscapes"
    drawn = True
    splits = ("train", "val", "test", "all")
    official = {"train": 12403, "val": 6382, "test": 6181, "all": 24966}
    marks = ("images", "labels", "split.mat")
    oddities = {"15617": "one class in the whole label"}
    # Five digits only: other tools leave NNNNN_labelTrainIds.png beside the labels.
    files = (("images", r"(\d{5})\.png"), ("labels", r"(\d{5})\.png"))
    # The ids of Cityscapes, except that the license plate, -1 there, has a number; it is ignored all the same.
    table = id_table({stored: i for i, stored in enumerate(LABEL_SPACES["cityscapes"].ids)}, range(LICENSE_PLATE + 1))
    choices = {"known_defects": ("drop", "keep")}
    cure = (
        "Unpack 01_images.zip to 10_images.zip, 01_labels.zip to 10_labels.zip and split.mat (from read_mapping.zip) "
        "of Playing for Data into the root, so that it holds images/, labels/ and split.mat with the files unchanged."
    )

    def _wanted(self, ids: set[str]) -> set[str]:
        wanted = ids if self.split == "all" else self._split_ids()
        if self.options["known_defects"] == "drop":
            self.dropped = sorted(wanted & KNOWN_DEFECTS)
            wanted -= KNOWN_DEFECTS
        return wanted

    def _split_ids(self) -> set[str]:
        from scipy.io import loadmat

        path, key = self.root / "split.mat", f"{self.split}Ids"
        if not path.is_file():
            raise InputError(f"{path}: no such file. {absence_hint(self.root, self.marks, path)}{self.cure}")
        self.lists.append(path)
        try:
            content = loadmat(path)
        except Exception as error:  # scipy raises many kinds of errors, IndexError among them
            raise InputError(f"{path}: not a readable MATLAB file ({error}). {self.cure}") from error
        if key not in content:
            raise InputError(f"{path}: holds no '{key}'. {self.cure}")
        # Stored as a uint16 column.
        numbers = content[key].ravel().astype(int).tolist()
        twice = [number for number, times in Counter(numbers).items() if times > 1]
        if twice:
            raise InputError(f"{path}: '{key}' names id {twice[0]} more than once. {self.cure}")
        return {f"{number:05d}" for number in numbers}

    def known_missing(self) -> list[str]:
        """Ids of KNOWN_GAPS that are not there."""
        wanted = KNOWN_GAPS - set(self.ids) if self.split == "all" else KNOWN_GAPS & set(self.missing)
        return sorted(wanted)

    def _fit(self, label: np.ndarray, index: int) -> np.ndarray:
        if self._stretched(index):
            return images.resize_label(label, images.stored_size(self.image_path(index)))
        return super()._fit(label, index)

    def _agree(self, size: tuple[int, int], index: int) -> None:
        if not self._stretched(index):
            super()._agree(size, index)

    def _stretched(self, index: int) -> bool:
        return self.options["known_defects"] == "keep" and self.ids[index] in KNOWN_DEFECTS
