"""Writes face scenes in the layout of FaceSynthetics: a flat folder of image, label and landmarks."""

from pathlib import Path

import numpy as np

from dakpn.procedural import face_parts as face
from dakpn.procedural.label_maps import FILE_IDS
from dakpn.procedural.street_files import save_png
from dakpn.procedural.worlds import Renderer


def write_facesynthetics(root: Path, renderer: Renderer, counts: dict[str, int], size: tuple[int, int]) -> None:
    """NNNNNN.png, NNNNNN_seg.png (ids 0..17 and 255; facewear is 0) and NNNNNN_ldmks.txt (70 rows "x y").

    The layout has no split: readers take the last tenth, rounded up, for validation. counts "train": the set is made as
    large as it must be for the training part to have that count; "val": at least so large that the last tenth has that
    count, unless "train" is given; "all": the whole set.
    """
    if "all" in counts:
        total = counts["all"]
    elif "train" in counts:
        total = -(-10 * counts["train"] // 9)
    else:
        total = 10 * counts["val"]
    root.mkdir(parents=True)
    for index in range(total):
        scene, image = renderer.render(0, index, size)
        label = FILE_IDS["facesynthetics"][scene.labels()]
        save_png(root / f"{index:06d}.png", image)
        save_png(root / f"{index:06d}_seg.png", label)
        rows = "\n".join(f"{x:.3f} {y:.3f}" for x, y in landmarks(scene.labels()))
        (root / f"{index:06d}_ldmks.txt").write_text(rows + "\n", encoding="utf-8")


def landmarks(labels: np.ndarray) -> np.ndarray:
    """(70, 2) x, y in pixels: the 68 of iBUG, then the pupils. Approximate: they lie on the ellipses inscribed in the
    parts' bounding boxes; a hidden part lends its place to the box of the skin.
    """

    def around(classes: tuple[int, ...], start: float, end: float, count: int, scale: float = 1.0) -> np.ndarray:
        rows, columns = np.nonzero(np.isin(labels, classes))
        if not len(rows):
            rows, columns = np.nonzero(np.isin(labels, (face.SKIN, face.FACEWEAR)))
        y0, y1, x0, x1 = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
        angles = np.radians(np.linspace(start, end, count))
        x, y = (
            (x0 + x1) / 2 + scale * (x1 - x0) / 2 * np.cos(angles),
            (y0 + y1) / 2 + scale * (y1 - y0) / 2 * np.sin(angles),
        )
        return np.stack([x, y], 1)

    lips = (face.TOP_LIP, face.BOTTOM_LIP, face.MOUTH)
    return np.concatenate([
        around((face.SKIN, face.BEARD), 180, 0, 17),
        around((face.RIGHT_BROW,), 180, 360, 5),
        around((face.LEFT_BROW,), 180, 360, 5),
        around((face.NOSE,), 270, 90, 4),
        around((face.NOSE,), 150, 30, 5),
        around((face.RIGHT_EYE,), 180, 480, 6),
        around((face.LEFT_EYE,), 180, 480, 6),
        around(lips, 180, 510, 12),
        around(lips, 180, 495, 8, 0.6),
        around((face.RIGHT_EYE,), 0, 0, 1, 0.0),
        around((face.LEFT_EYE,), 0, 0, 1, 0.0),
    ])  # fmt: skip
