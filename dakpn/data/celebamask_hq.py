"""CelebAMask-HQ (Lee et al. 2020)."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dakpn.data import images
from dakpn.data.hints import absence_hint
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.reader import Reader, id_table
from dakpn.errors import InputError

# Position = id. Parts are painted in this order, later over earlier (official merge order): hair over skin, neck over
# necklace.
PARTS = LABEL_SPACES["celebamask-hq"].classes
_PART_PATTERN = rf"(\d{{5}}_(?:{'|'.join(PARTS[1:])}))\.png"

# CelebA's partition by the number in the file name, counted from 1.
LAST_TRAIN, LAST_VAL = 162770, 182637

# What users have reported.
_NEAR_DUPLICATES = (234, 3329, 5162, 6770, 7384, 7561, 12444, 12885, 13825, 15506, 19199, 20134, 24646)
ODDITIES = {
    **{f"{first + step:05d}": "near-duplicate of its neighbour" for first in _NEAR_DUPLICATES for step in (0, 1)},
    "00404": "lacks mouth and lips",
    "02110": "misaligned masks",
    "04790": "empty part files",
}


class CelebAMaskHQ(Reader):
    """`CelebA-HQ-img/<i>.jpg`, `CelebAMask-HQ-mask-anno/<i//2000>/<i:05d>_<part>.png` and the mapping file to CelebA.

    root is the folder CelebAMask-HQ or the one it lies in. Ids are five digits, "00000" to "29999".
    The label is merged from one mask per part (a missing and an empty mask both mean: no such part); background is
    ignored.
    The images have twice the size of the masks and are reduced to it (bilinear, decision celebamask-image-size).
    partition: "official" is CelebA's; "released" repeats the released code's, where the mapping file's header is
    stripped twice, so that each image gets the partition of the next row and the last image is lost (24,182 training
    images instead of 24,183).
    Raises InputError as every reader, and for a mapping file that cannot be read.
    """

    name = "celebamask-hq"
    label_space = "celebamask-hq"
    drawn = True
    splits = ("train", "val", "test")
    official = {"train": 24183, "val": 2993, "test": 2824}
    marks = ("CelebA-HQ-img", "CelebAMask-HQ-mask-anno", "CelebAMaskHQ-mask-anno")
    nested = "CelebAMask-HQ"
    oddities = ODDITIES
    choices = {"partition": ("official", "released")}
    table = id_table({i: i for i in range(1, len(PARTS))}, [0])
    cure = (
        "Unpack CelebAMask-HQ.zip into the root, so that it holds CelebA-HQ-img/, CelebAMask-HQ-mask-anno/ and "
        "CelebA-HQ-to-CelebA-mapping.txt with the files unchanged."
    )

    def _scan(self) -> tuple[Iterable[str], dict[str, Path], dict[str, list[Path]]]:
        rows = self._mapping()
        pictures: dict[str, Path] = {}
        for number, path in self._files(self.root / "CelebA-HQ-img", r"(\d+)\.jpg").items():
            self._add(pictures, number.zfill(5), path)
        unlisted = sorted(set(pictures) - {f"{i:05d}" for i, _ in rows})
        if unlisted:
            raise InputError(
                f"{self.lists[0]}: no row for image {unlisted[0]} ({len(unlisted)} images have none); the first row "
                f"is lost when the header is removed twice. {self.cure}"
            )
        if self.options["partition"] == "released":
            rows = [(i, number) for (i, _), (_, number) in zip(rows, rows[1:], strict=False)]
        wanted = [f"{i:05d}" for i, number in rows if _partition(number) == self.split]
        return wanted, pictures, self._masks()

    def official_count(self) -> int:
        """Pairs of the official set in this split; the released partition has lost one training image."""
        return super().official_count() - (self.options["partition"] == "released" and self.split == "train")

    def _mapping(self) -> list[tuple[int, int]]:
        """(image id, CelebA file number) in file order; the header line may be there or not."""
        path = self.root / "CelebA-HQ-to-CelebA-mapping.txt"
        if not path.is_file():
            raise InputError(f"{path}: no such file. {absence_hint(self.root, self.marks, path)}{self.cure}")
        self.lists.append(path)
        rows: dict[int, int] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            fields = line.split()
            if not fields or (number == 1 and not fields[0].isdigit()):
                continue
            stem = fields[2].removesuffix(".jpg") if len(fields) == 3 else ""
            if not (fields[0].isdigit() and stem.isdigit()):
                raise InputError(f"{path}: line {number} is not 'idx orig_idx orig_file'. {self.cure}")
            if int(fields[0]) in rows:
                raise InputError(f"{path}: line {number} names image {fields[0]} a second time. {self.cure}")
            rows[int(fields[0])] = int(stem)
        return list(rows.items())

    def _masks(self) -> dict[str, list[Path]]:
        # The official scripts spell the folder without the second hyphen.
        folders = [self.root / "CelebAMask-HQ-mask-anno", self.root / "CelebAMaskHQ-mask-anno"]
        folder = next((f for f in folders if f.is_dir()), folders[0])
        masks: dict[str, dict[int, Path]] = defaultdict(dict)
        for block in self._listed(folder):
            for stem, path in self._files(block, _PART_PATTERN).items() if block.is_dir() else ():
                self._add(masks[stem[:5]], _part_id(path), path, stem)
        return {i: [parts[part] for part in sorted(parts)] for i, parts in masks.items()}

    def image(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB at the size of the masks. Raises InputError naming a file that does not decode."""
        size = images.stored_size(self.label_paths(index)[0])
        return images.resize_image(super().image(index), size)

    def stored(self, index: int) -> np.ndarray:
        """(H, W) uint8 ids 0..18, merged from the masks; 0 is background. Raises InputError for a mask that does not
        decode, for masks of different size, and for masks of other proportions than the image."""
        paths = self.label_paths(index)
        size = images.stored_size(paths[0])
        self._agree(size, index)
        label = np.zeros(size, np.uint8)
        for path in paths:
            mask = images.read_mask(path, self.cure)
            if mask.shape != size:
                (h, w), (height, width) = mask.shape, size
                raise InputError(f"{path}: the mask is {w}x{h} pixels, {paths[0].name} {width}x{height}. {self.cure}")
            label[mask] = _part_id(path)
        return label

    def _agree(self, size: tuple[int, int], index: int) -> None:
        height, width = images.stored_size(self.image_path(index))
        if size[0] * width != size[1] * height:
            raise InputError(
                f"{self.label_paths(index)[0]}: the mask is {size[1]}x{size[0]} pixels, its image {width}x{height}: "
                f"other proportions. {self.cure}"
            )


def _part_id(path: Path) -> int:
    return PARTS.index(path.stem[6:])


def _partition(number: int) -> str:
    return "train" if number <= LAST_TRAIN else "val" if number <= LAST_VAL else "test"
