"""What a view saves: images prepared per second, and random patches per second from it against decoding PNGs.

Procedural street frames in the layout of GTA5 at the paper's working size; their PNG files are smaller than those of
real frames (the rows say how large), so that decoding the real ones costs more. Wall time; one process.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dakpn.data import READERS
from dakpn.data.reader import Reader
from dakpn.data.views import View, write_view
from dakpn.procedural import generate

PATCH = (90, 160)  # paper: an eighth of 720x1280


class Rate(NamedTuple):
    """One measurement: what is done how many times per second, and where a median is taken, of how many repeats."""

    name: str
    per_second: float
    repeats: int


def view_rows(
    *,
    frames: int = 16,
    size: tuple[int, int] = (720, 1280),
    low_size: tuple[int, int] = (96, 160),
    patches: int = 2000,
    repeats: int = 3,
) -> list[Rate]:
    """Draw `frames` street frames, prepare their view, and read patches of image and label with both methods.

    The files were just written, so that both sides read from memory: on a slow disk decoding loses more.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate("gta5", root / "gta5", counts={"train": frames}, size=size, seed=0)
        reader = READERS["gta5"](root / "gta5", "train")
        megabytes = statistics.mean(reader.image_path(i).stat().st_size for i in range(frames)) / 1e6
        rows = []
        for workers, what in ((1, "one thread"), (None, "all cores")):
            rate = _rate(lambda n=workers: _prepare(reader, root / "view", size, low_size, n), frames, repeats)
            name = f"images prepared, {size[0]}x{size[1]}, PNG of {megabytes:.1f} MB, {what}"
            rows.append(Rate(name, rate, repeats))
        view = View.open(root / "view")
        draws = np.random.default_rng(0).random((patches, 3))
        rate = _rate(
            lambda: [_patch(view.images[i], view.labels[i], y, x) for i, y, x in _places(draws, view)], patches, repeats
        )
        rows.append(Rate("random patches 90x160 with labels from the view", rate, repeats))
        few = draws[: max(4, patches // 100)]
        rate = _rate(
            lambda: [_patch(reader.image(i), reader.label(i), y, x) for i, y, x in _places(few, view)],
            len(few),
            repeats,
        )
        rows.append(Rate("random patches 90x160 with labels, PNG decoded for each", rate, repeats))
    return rows


def _prepare(reader: Reader, directory: Path, size: tuple[int, int], low: tuple[int, int], workers: int | None) -> None:
    write_view(reader, directory, image_size=size, low_size=low, workers=workers)


def _places(draws: np.ndarray, view: View) -> list[tuple[int, int, int]]:
    """(item, row, column) of the upper left corner of each patch."""
    height, width = view.image_size
    scale = (len(view), height - PATCH[0] + 1, width - PATCH[1] + 1)
    return [tuple(map(int, place)) for place in (draws * scale).astype(int)]


def _patch(image: np.ndarray, label: np.ndarray, y: int, x: int) -> tuple[np.ndarray, np.ndarray]:
    window = (slice(y, y + PATCH[0]), slice(x, x + PATCH[1]))
    return np.array(image[window]), np.array(label[window])


def _rate(run: Callable[[], object], count: int, repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return count / statistics.median(seconds)
