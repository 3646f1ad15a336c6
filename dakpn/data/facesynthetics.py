"""FaceSynthetics ("Fake It Till You Make It", Wood et al. 2021)."""

from pathlib import Path

import numpy as np
import yaml

from dakpn.data.label_spaces import IGNORE, LABEL_SPACES
from dakpn.data.reader import UnsplitReader, id_table

CLASSES = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def _tables() -> dict[str, np.ndarray]:
    target = LABEL_SPACES["celebamask-hq"].classes
    known = [*range(len(CLASSES)), IGNORE]
    mapped = {i: target.index(c["celebamask-hq"]) for i, c in enumerate(CLASSES) if c["celebamask-hq"]}
    return {"mapped": id_table(mapped, known), "identity": id_table({i: i for i in range(1, len(CLASSES))}, known)}


class FaceSynthetics(UnsplitReader):
    """A flat folder of `NNNNNN.png` and `NNNNNN_seg.png`; labels are given in CelebAMask-HQ ids.

    label_map: "mapped" by class name (facesynthetics.yaml); "identity" leaves ids 1..18 as they are, so that most
    classes carry a wrong name: the released FCN-Score reader does that, and it exists only to show the effect.
    """

    name = "facesynthetics"
    label_space = "celebamask-hq"
    drawn = True
    official = {"train": 90000, "val": 10000, "all": 100000}
    marks = ("000000.png", "000000_seg.png")
    files = (("", r"(\d{6})\.png"), ("", r"(\d{6})_seg\.png"))
    choices = {"label_map": ("mapped", "identity")}
    cure = (
        "Unpack dataset_100000.zip (or dataset_1000.zip, dataset_100.zip) of FaceSynthetics into the root, "
        "so that it holds 000000.png, 000000_seg.png, ... unchanged."
    )

    def __init__(self, root: str | Path, split: str, **options: str):
        super().__init__(root, split, **options)
        self.table = _tables()[self.options["label_map"]]
