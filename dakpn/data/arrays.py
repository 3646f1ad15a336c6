"""The arrays of a view on disk: created with their space reserved, filled with a record of progress, opened with a
check."""

import csv
import json
import math
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from dakpn.data.passes import announce
from dakpn.errors import InputError
from dakpn.files import amount

CURE = "Delete the directory and make the view again."
_PLAN, _DONE = "plan.json", "done.csv"
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
    """Make `directory` with a writable uint8 memory map per name, after saying what it needs and what is free. Raises
    InputError, before anything is written, when the disk has no room."""
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


class Progress:
    """A folder beside the future view, with its arrays, the plan they are made by, and a line per finished row.

    A line is written after the arrays were synced, so that every row with a line is on disk even after a power cut. A
    folder of another plan, or one that does not open, is made anew. arrays: writable memory maps by name; done: row ->
    fields of its line.
    Raises InputError when the disk has no room.
    """

    def __init__(self, directory: Path, plan: dict[str, Any], shapes: dict[str, tuple[int, ...]]):
        self.folder = directory.with_name(f".{directory.name}.partial")
        self.done: dict[int, list[str]] = {}
        if self._continues(plan, shapes):
            self.arrays = {name: np.load(self.folder / f"{name}.npy", mmap_mode="r+") for name in shapes}
            if (self.folder / _DONE).is_file():
                with open(self.folder / _DONE, newline="", encoding="utf-8") as stream:
                    rows = [row for row in csv.reader(stream) if len(row) > 1]
                # A line that was cut lacks the mark at its end.
                self.done = {int(row[0]): row[1:-1] for row in rows if row[-1] == "."}
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.arrays = create_arrays(self.folder, shapes)
            # Last, so that a folder with a plan has all its arrays.
            (self.folder / _PLAN).write_text(json.dumps(plan), encoding="utf-8")

    def add(self, rows: Sequence[tuple[int, list[str]]]) -> None:
        """Sync the arrays, then note that `rows` (number, fields) are in them."""
        for array in self.arrays.values():
            array.flush()
        with open(self.folder / _DONE, "a", newline="", encoding="utf-8") as stream:
            csv.writer(stream, lineterminator="\n").writerows((row, *fields, ".") for row, fields in rows)
            stream.flush()
            os.fsync(stream.fileno())
        self.done.update(rows)

    def close(self) -> Path:
        """Remove the record of progress; return the folder, which holds the arrays alone."""
        for name in (_PLAN, _DONE):
            (self.folder / name).unlink(missing_ok=True)
        return self.folder

    def abandon(self) -> None:
        """Remove everything when there is nothing worth keeping."""
        if not self.done:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _continues(self, plan: dict[str, Any], shapes: dict[str, tuple[int, ...]]) -> bool:
        try:
            if json.loads((self.folder / _PLAN).read_text(encoding="utf-8")) != plan:
                return False
            return all(open_array(self.folder / f"{name}.npy", shape) is not None for name, shape in shapes.items())
        except (OSError, ValueError, InputError):
            return False
