"""The arrays of a view on disk: their shapes, created with their space reserved, and opened with a check."""

import math
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from dakpn.data.passes import announce
from dakpn.errors import InputError

CURE = "Delete the directory and make the view again."
_ROOM = "Free disk space, or choose a smaller image size or limit."


def array_shapes(facts: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shape of each array by name, from the content of view.json."""
    count, image_size, low_size = facts["count"], facts["image_size"], facts["low_size"]
    return {
        "images": (count, *image_size, 3),
        "low": (count, *low_size, 3),
        "labels": (count, *image_size),
        "low_labels": (count, *low_size),
    }


def create_arrays(directory: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.memmap]:
    """Make `directory` with a writable uint8 memory map per name, after saying what it needs and what is free.

    Raises InputError, before anything is written, when the disk has no room.
    """
    needed = sum(math.prod(shape) for shape in shapes.values())
    free = shutil.disk_usage(directory.parent).free
    announce(f"{directory.parent}: {amount(needed)} needed, {amount(free)} free on the disk")
    if needed > free:
        raise InputError(f"{directory.parent}: {amount(needed)} are needed but {amount(free)} are free. {_ROOM}")
    directory.mkdir()
    arrays = {name: open_memmap(directory / f"{name}.npy", "w+", np.uint8, shape) for name, shape in shapes.items()}
    for name in arrays:
        _reserve(directory / f"{name}.npy")
    return arrays


def amount(size: int) -> str:
    """A number of bytes as text: 69.3 GB, 3.1 MB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def open_array(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Read-only memory map. Raises InputError naming a file that is missing, damaged or not uint8 of `shape`."""
    if not path.is_file():
        raise InputError(f"{path}: no such file. {CURE}")
    try:
        array = np.load(path, mmap_mode="r")
    except (ValueError, EOFError, OSError) as error:
        raise InputError(f"{path}: not a complete array ({error}). {CURE}") from error
    if array.shape != shape or array.dtype != np.uint8:
        raise InputError(f"{path}: holds {array.dtype} {array.shape} instead of uint8 {shape}. {CURE}")
    return array


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` a hard link to `source`, or a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, target)


def _reserve(path: Path) -> None:
    """Claim the disk space now: writing to a memory map on a full disk kills the process without a message."""
    if not hasattr(os, "posix_fallocate"):
        return
    size = path.stat().st_size
    try:
        with open(path, "r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, size)
    except OSError as error:
        raise InputError(f"{path}: {amount(size)} cannot be reserved ({error.strerror}). {_ROOM}") from error
