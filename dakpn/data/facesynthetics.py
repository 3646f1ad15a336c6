"""FaceSynthetics ("Fake It Till You Make It", Wood et al. 2021)."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import yaml

from dakpn.data.reader import Reader, id_table
from dakpn.errors import InputError
from dakpn.labels import IGNORE, LABEL_SPACES

CLASSES = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def _tables() -> dict[str, np.ndarray]:
    target = LABEL_SPACES["celebamask-hq"].classes
    known = [*range(len(CLASSES)), IGNORE]
    mapped = {i: target.index(c["celebamask-hq"]) for i, c in enumerate(CLASSES) if c["celebamask-hq"]}
    return {"mapped": id_table(mapped, known), "identity": id_table({i: i for i in range(1, len(CLASSES))}, known)}


class FaceSynthetics(Reader):
    """A flat folder of `NNNNNN.png` and `NNNNNN_seg.png`; labels are given in CelebAMask-HQ ids.

    There is no official split. Declared: of the sorted ids the last tenth (rounded up) is "val" and the rest "train",
    which for the full set is the released code's last 10,000; "all" is everything.
    label_map: "mapped" by class name (facesynthetics.yaml); "identity" leaves ids 1..18 as they are, so that most
    classes carry a wrong name: the released FCN-Score reader does that, and it exists only to show the effect.
    """

    name = "facesynthetics"
    label_space = "celebamask-hq"
    splits = ("train", "val", "all")
    cure = (
        "Unpack dataset_100000.zip (or dataset_1000.zip, dataset_100.zip) of FaceSynthetics into the root, "
        "so that it holds 000000.png, 000000_seg.png, ... unchanged."
    )

    def __init__(self, root: str | Path, split: str, *, label_map: str = "mapped"):
        tables = _tables()
        if label_map not in tables:
            raise InputError(f"label_map: '{label_map}' is unknown. Choose one of {', '.join(tables)}.")
        self.table = tables[label_map]
        super().__init__(root, split, label_map=label_map)

    def _scan(self) -> tuple[Iterable[str], dict[str, Path], dict[str, list[Path]]]:
        pictures = self._files(self.root, r"(\d{6})\.png")
        labels = {i: [path] for i, path in self._files(self.root, r"(\d{6})_seg\.png").items()}
        everything = sorted(set(pictures) | set(labels))
        first_val = len(everything) - -(-len(everything) // 10)
        wanted = {"train": everything[:first_val], "val": everything[first_val:], "all": everything}[self.split]
        return wanted, pictures, labels
