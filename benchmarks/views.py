"""What a view saves: images prepared per second, and random patches per second from it against decoding PNGs.

Procedural frames in the layout and size of Cityscapes, with sensor noise, prepared at the paper's working size. Wall
time.
"""

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.comparison import Row, alone, seconds
from dakpn.data import READERS
from dakpn.data.views import View, write_view
from dakpn.procedural import generate

PART = "views"
PATCH = (90, 160)  # paper: an eighth of 720x1280


def view_rows(
    *,
    frames: int = 12,
    frame_size: tuple[int, int] = (1024, 2048),
    image_size: tuple[int, int] = (720, 1280),
    low_size: tuple[int, int] = (96, 160),
    patches: int = 2000,
    repeats: int = 3,
) -> list[Row]:
    """Draw `frames` frames, prepare their view, and read random patches of image and label in both ways.

    Patches are read in one process and one thread. The files were just written, so that both sides read from memory: on
    a slow disk decoding loses more. Where PNGs are decoded a patch is cut from the frame as it is, without a resize.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate("cityscapes", root / "cityscapes", counts={"train": frames}, size=frame_size, seed=0)
        reader = READERS["cityscapes"](root / "cityscapes", "train")
        megabytes = statistics.mean(reader.image_path(i).stat().st_size for i in range(frames)) / 1e6
        frame = f"{frame_size[0]}x{frame_size[1]} PNG of {megabytes:.1f} MB"
        rows = []
        for workers, how in ((1, "one thread"), (None, "all cores")):
            prepare = partial(
                write_view, reader, root / "view", image_size=image_size, low_size=low_size, workers=workers
            )
            rates = _rates(prepare, frames, repeats)
            rows.append(
                alone(PART, f"prepared at {image_size[0]}x{image_size[1]} from {frame}, {how}", rates, "images/s")
            )
        view = View.open(root / "view")
        draws = np.random.default_rng(0).random((patches, 3))
        few = draws[: max(4, patches // 100)]
        rates = _rates(lambda: _read(view.images.__getitem__, view.labels.__getitem__, draws, view), patches, repeats)
        rows.append(alone(PART, "random 90x160 patches with labels from the view", rates, "patches/s"))
        rates = _rates(lambda: _read(reader.image, reader.label, few, view), len(few), repeats)
        rows.append(alone(PART, f"random 90x160 patches with labels, {frame} decoded for each", rates, "patches/s"))
        return rows


def _read(image_of: Callable, label_of: Callable, draws: np.ndarray, view: View) -> list[tuple[np.ndarray, np.ndarray]]:
    """A copy of image and label for each place; draws: (n, 3) in [0,1), item and upper left corner."""
    height, width = view.image_size
    places = (draws * (len(view), height - PATCH[0] + 1, width - PATCH[1] + 1)).astype(int).tolist()
    windows = ((item, (slice(y, y + PATCH[0]), slice(x, x + PATCH[1]))) for item, y, x in places)
    return [(np.array(image_of(item)[window]), np.array(label_of(item)[window])) for item, window in windows]


def _rates(run: Callable[[], object], count: int, repeats: int) -> list[float]:
    return [count / value for value in seconds(run, repeats=repeats, device=torch.device("cpu"))]
