"""CelebAMask-HQ (Lee et al. 2020)."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dakpn.data import images
from dakpn.data.reader import Reader
from dakpn.errors import InputError
from dakpn.labels import IGNORE, LABEL_SPACES

# Position = id. Parts are painted in this order, later over earlier (official merge order): hair over skin, neck over
# necklace.
PARTS = LABEL_SPACES["celebamask-hq"].classes
_PART_PATTERN = rf"(\d{{5}}_(?:{'|'.join(PARTS[1:])}))\.png"

# CelebA's partition by the number in the file name, counted from 1.
LAST_TRAIN, LAST_VAL = 162770, 182637


class CelebAMaskHQ(Reader):
    """`CelebA-HQ-img/<i>.jpg`, `CelebAMask-HQ-mask-anno/<i//2000>/<i:05d>_<part>.png` and the mapping file to CelebA.

    root is the folder CelebAMask-HQ or the one it lies in. Ids are five digits, "00000" to "29999".
    The label is merged from one mask per part (a missing and an empty mask both mean: no such part); background is
    ignored.
    The images have twice the size of the masks and are reduced to it (bilinear, declared choice).
    partition: "official" is CelebA's; "released" repeats the released code's, where the mapping file's header is
    stripped twice, so that each image gets the partition of the next row and the last image is lost (24,182 training
    images instead of 24,183).
    Raises InputError as every reader, and for a mapping file that cannot be read.
    """

    name = "celebamask-hq"
    label_space = "celebamask-hq"
    splits = ("train", "val", "test")
    cure = (
        "Unpack CelebAMask-HQ.zip into the root, so that it holds CelebA-HQ-img/, CelebAMask-HQ-mask-anno/ and "
        "CelebA-HQ-to-CelebA-mapping.txt with the files unchanged."
    )

    def __init__(self, root: str | Path, split: str, *, partition: str = "official"):
        if partition not in ("official", "released"):
            raise InputError(f"partition: '{partition}' is unknown. Choose official or released.")
        root = Path(root)
        inside = root / "CelebAMask-HQ"
        super().__init__(inside if inside.is_dir() else root, split, partition=partition)

    def _scan(self) -> tuple[Iterable[str], dict[str, Path], dict[str, list[Path]]]:
        rows = self._mapping()
        if self.options["partition"] == "released":
            rows = [(i, number) for (i, _), (_, number) in zip(rows, rows[1:], strict=False)]
        wanted = [f"{i:05d}" for i, number in rows if _partition(number) == self.split]
        pictures = self._files(self.root / "CelebA-HQ-img", r"(\d+)\.jpg")
        return wanted, {i.zfill(5): path for i, path in pictures.items()}, self._masks()

    def _mapping(self) -> list[tuple[int, int]]:
        """(image id, CelebA file number) in file order; the header line may be there or not."""
        path = self.root / "CelebA-HQ-to-CelebA-mapping.txt"
        if not path.is_file():
            raise InputError(f"{path}: no such file. {self.cure}")
        rows = []
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            fields = line.split()
            if not fields or (number == 1 and not fields[0].isdigit()):
                continue
            stem = fields[2].removesuffix(".jpg") if len(fields) == 3 else ""
            if not (fields[0].isdigit() and stem.isdigit()):
                raise InputError(f"{path}: line {number} is not 'idx orig_idx orig_file'. {self.cure}")
            rows.append((int(fields[0]), int(stem)))
        return rows

    def _masks(self) -> dict[str, list[Path]]:
        # The official scripts spell the folder without the second hyphen.
        folders = [self.root / "CelebAMask-HQ-mask-anno", self.root / "CelebAMaskHQ-mask-anno"]
        folder = next((f for f in folders if f.is_dir()), folders[0])
        if not folder.is_dir():
            raise InputError(f"{folder}: the folder does not exist. {self.cure}")
        masks = defaultdict(list)
        for block in sorted(folder.iterdir()):
            if block.is_dir():
                for stem, path in self._files(block, _PART_PATTERN).items():
                    masks[stem[:5]].append(path)
        return {i: sorted(paths, key=_part_id) for i, paths in masks.items()}

    def image(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB at the size of the masks. Raises InputError naming a file that does not decode."""
        size = images.stored_size(self.label_paths(index)[0])
        return images.resize_image(super().image(index), size)

    def label(self, index: int) -> np.ndarray:
        """(H, W) uint8 ids 1..18, background 255.

        Raises InputError for a mask that does not decode, for masks of different size, and for masks of other
        proportions than the image.
        """
        paths = self.label_paths(index)
        size = images.stored_size(paths[0])
        picture = images.stored_size(self.image_path(index))
        if size[0] * picture[1] != size[1] * picture[0]:
            raise InputError(
                f"{paths[0]}: the mask is {size[1]}x{size[0]} pixels, its image {picture[1]}x{picture[0]}: other "
                f"proportions. {self.cure}"
            )
        label = np.full(size, IGNORE, np.uint8)
        for path in paths:
            mask = images.read_mask(path)
            if mask.shape != size:
                raise InputError(
                    f"{path}: the mask is {mask.shape[1]}x{mask.shape[0]} pixels, {paths[0].name} "
                    f"{size[1]}x{size[0]}. {self.cure}"
                )
            label[mask] = _part_id(path)
        return label

    def producible(self) -> set[int]:
        """The train ids that labels of this data set can hold."""
        return set(range(1, len(PARTS)))


def _part_id(path: Path) -> int:
    return PARTS.index(path.stem[6:])


def _partition(number: int) -> str:
    return "train" if number <= LAST_TRAIN else "val" if number <= LAST_VAL else "test"
