"""The progress of writing a view: which rows are done, so that a killed preparation goes on where it stopped."""

import csv
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dakpn.data.arrays import create_arrays, open_array
from dakpn.errors import InputError

_PLAN, _DONE = "plan.json", "done.csv"


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
            self._read()
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

    def _read(self) -> None:
        if (self.folder / _DONE).is_file():
            with open(self.folder / _DONE, newline="", encoding="utf-8") as stream:
                # A line that was cut lacks the mark at its end.
                self.done = {int(row[0]): row[1:-1] for row in csv.reader(stream) if len(row) > 1 and row[-1] == "."}
