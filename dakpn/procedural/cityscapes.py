"""Writes street scenes in the layout of Cityscapes (leftImg8bit and gtFine)."""

import json
from pathlib import Path

import numpy as np

from dakpn.procedural.label_maps import FILE_IDS
from dakpn.procedural.scene import Scene
from dakpn.procedural.street_files import CITYSCAPES_COLOURS, NAMES, save_png
from dakpn.procedural.surroundings import EGO
from dakpn.procedural.worlds import Renderer

SPLITS = ("train", "val", "test")
CITIES = {
    "train": ("aachen", "bochum", "hamburg", "zurich"),
    "val": ("frankfurt", "lindau", "munster"),
    "test": ("berlin", "bonn"),
}
# Cities recorded as one long sequence: their frame numbers are not 19.
_LONG_SEQUENCES = {"bochum", "frankfurt", "hamburg"}
_BORDER, _OUT_OF_ROI = 2, 3


def write_cityscapes(
    root: Path,
    renderer: Renderer,
    counts: dict[str, int],
    size: tuple[int, int],
    *,
    cities: dict[str, tuple[str, ...]] = CITIES,
) -> None:
    """leftImg8bit/<split>/<city>/<id>_leftImg8bit.png and the four gtFine files of each; images take turns over
    `cities`.

    Labels of split "test" hold the ego vehicle and the borders only, as the public ones do.
    """
    for split, count in counts.items():
        for index in range(count):
            scene, image = renderer.render(SPLITS.index(split), index, size)
            towns = cities[split]
            _write(root, split, towns[index % len(towns)], index // len(towns), scene, image)


def _write(root: Path, split: str, city: str, number: int, scene: Scene, image: np.ndarray) -> None:
    name = f"{city}_000000_{294 + 137 * number:06d}" if city in _LONG_SEQUENCES else f"{city}_{number:06d}_000019"
    folders = [root / kind / split / city for kind in ("leftImg8bit", "gtFine")]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    labels, instances, outlines = FILE_IDS["cityscapes"][scene.labels()], scene.instances(), scene.outlines
    if split == "test":
        labels, instances, outlines = _withheld(labels), np.zeros_like(instances), []
    # Things are numbered from 0 within their class; groups without a number keep the plain id.
    numbered = np.where(instances > 0, labels.astype(np.uint16) * 1000 + instances - 1, labels).astype(np.uint16)
    save_png(folders[0] / f"{name}_leftImg8bit.png", image)
    truth = folders[1] / f"{name}_gtFine_"
    save_png(f"{truth}labelIds.png", labels)
    save_png(f"{truth}instanceIds.png", numbered)
    save_png(f"{truth}color.png", np.dstack([CITYSCAPES_COLOURS[labels], np.full(labels.shape, 255, np.uint8)]))
    objects = [{"label": NAMES[klass], "polygon": polygon} for klass, polygon in outlines]
    content = {"imgHeight": labels.shape[0], "imgWidth": labels.shape[1], "objects": objects}
    Path(f"{truth}polygons.json").write_text(json.dumps(content), encoding="utf-8")


def _withheld(labels: np.ndarray) -> np.ndarray:
    public = np.where(labels == EGO, EGO, 0).astype(np.uint8)
    public[:1] = public[-1:] = _OUT_OF_ROI
    public[:, :1] = public[:, -1:] = _BORDER
    return public
