"""SYNTHIA-RAND-CITYSCAPES (Ros et al. 2016)."""

import numpy as np

from dakpn.data import images
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.reader import UnsplitReader, id_table

# Position = id in the files; the name is the Cityscapes class it stands for, None is ignored: void, parking, roadwork
# and, as in most converters, lane marking. Terrain, truck and train have an id but never occur.
CLASSES = (
    None, "sky", "building", "road", "sidewalk", "fence", "vegetation", "pole", "car", "traffic sign", "person",
    "bicycle", "motorcycle", None, None, "traffic light", "terrain", "rider", "truck", "bus", "train", "wall", None,
)  # fmt: skip


class Synthia(UnsplitReader):
    """`RGB/NNNNNNN.png` and `GT/LABELS/NNNNNNN.png`, 16-bit with three channels: red is the class, green the instance.

    root is the folder RAND_CITYSCAPES or the one it lies in.
    """

    name = "synthia"
    label_space = "cityscapes"
    official = {"train": 8460, "val": 940, "all": 9400}
    cure = (
        "Unpack SYNTHIA_RAND_CITYSCAPES.rar into the root, so that it holds RGB/ and GT/LABELS/ with the files "
        "unchanged."
    )
    marks = ("RGB", "GT")
    files = (("RGB", r"(\d{7})\.png"), ("GT/LABELS", r"(\d{7})\.png"))
    nested = "RAND_CITYSCAPES"
    table = id_table(
        {i: LABEL_SPACES["cityscapes"].classes.index(name) for i, name in enumerate(CLASSES) if name},
        range(len(CLASSES)),
    )

    def stored(self, index: int) -> np.ndarray:
        """(H, W) uint8 class ids. Raises InputError as every reader, and for a label that is not 16-bit colour."""
        (path,) = self.label_paths(index)
        return self._fit(images.read_red_16(path, self.cure), index)
