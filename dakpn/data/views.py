"""Views: a split of a data set, decoded once and kept as memory-mapped arrays, so that no training loop decodes a file.

A view is a directory: images.npy (N, H, W, 3), low.npy (N, h, w, 3), labels.npy (N, H, W), low_labels.npy (N, h, w),
all uint8, index.csv (id, image relative to the root, sha256 of that file) and view.json (facts, among them hashes of
the other files). `low` is made from the full-size source image.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from dakpn.data.arrays import CURE, Progress, array_shapes, create_arrays, link_or_copy, open_array
from dakpn.data.images import resize_image, resize_label
from dakpn.data.label_spaces import LabelSpace
from dakpn.data.passes import announce, evenly_spread, in_threads
from dakpn.data.reader import Reader
from dakpn.errors import InputError
from dakpn.files import atomic_path, publish, sha256

_COLUMNS = ["id", "image", "image_sha256"]
_BLOCK = 64  # rows between two syncs to disk


@dataclass(frozen=True)
class View:
    """A view opened for reading; all arrays are read-only memory maps.

    images (N, H, W, 3), low (N, h, w, 3), labels (N, H, W) and low_labels (N, h, w), uint8; labels are train ids of the
    label space `label_space`, 255 = ignore; facts: the content of view.json.
    """

    directory: Path
    ids: list[str]
    images: np.ndarray
    low: np.ndarray
    labels: np.ndarray
    low_labels: np.ndarray
    facts: dict[str, Any]

    @property
    def label_space(self) -> LabelSpace:
        """The label space of the labels, as the data set's reader has it."""
        return LabelSpace.from_dict(self.facts["label_space"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names of `label_space`."""
        return tuple(self.facts["label_space"]["classes"])

    @property
    def image_size(self) -> tuple[int, int]:
        return tuple(self.facts["image_size"])

    @property
    def low_size(self) -> tuple[int, int]:
        return tuple(self.facts["low_size"])

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def open(cls, path: str | Path) -> "View":
        """Open a view by its folder or its view.json. Raises InputError naming the file that is missing, damaged or not
        as view.json says. Whether the arrays hold what was written is told by `check`, which reads them all."""
        directory = Path(path).parent if Path(path).name == "view.json" else Path(path)
        facts, index = _facts(directory / "view.json"), directory / "index.csv"
        ids = [row[0] for row in _rows(index)]
        if len(ids) != facts["count"]:
            raise InputError(f"{index}: {len(ids)} rows instead of {facts['count']}. {CURE}")
        if sha256(index) != facts["index_sha256"]:
            raise InputError(f"{index}: not the index that the view was made with. {CURE}")
        shapes = array_shapes(facts).items()
        arrays = {name: open_array(directory / f"{name}.npy", shape) for name, shape in shapes}
        return cls(directory=directory, ids=ids, facts=facts, **arrays)

    def check(self) -> None:
        """Read every array; raise InputError naming one whose bytes are not those that were written."""
        for name in array_shapes(self.facts):
            path = self.directory / f"{name}.npy"
            if sha256(path) != self.facts["arrays_sha256"].get(name):
                raise InputError(f"{path}: not the array that the view was made with. {CURE}")


def check_views(folder: str | Path) -> int:
    """Check every view at any depth of `folder`; return their number. Raises InputError as `View.check`."""
    views = sorted(Path(folder).rglob("view.json"))
    for view in views:
        View.open(view).check()
    return len(views)


def write_view(
    reader: Reader,
    directory: str | Path,
    *,
    image_size: tuple[int, int],
    low_size: tuple[int, int],
    limit: int | None = None,
    workers: int | None = None,
    shard: int = 0,
    shards: int = 1,
    shares: Sequence[View] = (),
) -> None:
    """Read every item of `reader` once and write the view `directory`, complete or not at all.

    An interrupted call leaves its progress beside `directory`, and the next call with the same reader and sizes
    continues from there; items whose files have changed since are read again.

    image_size, low_size: (height, width). Images are reduced bilinearly with antialiasing, labels by nearest neighbour.
    limit: at most so many items, spread evenly over the split, because neighbouring ids often show the same scene
    (decision data-limit). workers: threads that decode.
    shard, shards: write only every `shards`-th of these items from number `shard` on, so that jobs can divide a split
    between them. shares: the views that all these jobs wrote, in order; items are copied from them instead of read, and
    the view is the same byte for byte.
    Raises InputError for an item that cannot be read, for a share that is damaged or of other items, and for a disk
    without room, ValueError for a limit below 1.
    """
    chosen = evenly_spread(len(reader), limit)[shard::shards]
    directory = Path(directory)
    title = f"{reader.name} {reader.split}"
    if reader.missing:
        few = ", ".join(reader.missing[:5])
        announce(f"{title}: {len(reader.missing)} ids lack image or label and are left out ({few} ...)")
    facts = {
        "dataset": reader.name,
        "split": reader.split,
        "options": reader.options,
        "label_space": reader.space.to_dict(),
        "image_size": list(image_size),
        "low_size": list(low_size),
        "count": len(chosen),
        "missing": len(reader.missing),
        "dropped": len(reader.dropped),
    }
    plan = {**facts, "ids": [reader.ids[item] for item in chosen], "table": reader.table.tolist()}
    progress = Progress(directory, plan, array_shapes(facts))
    stamps = {row: _stamp(reader, item) for row, item in enumerate(chosen)}
    done = {row for row, fields in progress.done.items() if stamps[row] == fields[-1]}
    if done:
        announce(f"{title}: goes on after {len(done)} of {len(chosen)} images")

    indices = []
    for number, view in enumerate(shares):
        view.check()
        if view.ids != plan["ids"][number :: len(shares)]:
            raise InputError(f"{view.directory}: not share {number} of {directory}. {CURE}")
        indices.append(_rows(view.directory / "index.csv"))

    def fill(row: int) -> tuple[int, list[str]]:
        if shares:
            own, number = divmod(row, len(shares))
            for name, array in progress.arrays.items():
                array[row] = getattr(shares[number], name)[own]
            return row, [*indices[number][own], stamps[row]]
        item = chosen[row]
        image, label, path = reader.image(item), reader.label(item), reader.image_path(item)
        progress.arrays["images"][row] = resize_image(image, image_size)
        progress.arrays["low"][row] = resize_image(image, low_size)
        progress.arrays["labels"][row] = resize_label(label, image_size)
        progress.arrays["low_labels"][row] = resize_label(label, low_size)
        return row, [reader.ids[item], path.relative_to(reader.root).as_posix(), sha256(path), stamps[row]]

    fresh: list[tuple[int, list[str]]] = []
    try:
        for finished in in_threads(fill, [row for row in stamps if row not in done], title, workers=workers):
            fresh.append(finished)
            if len(fresh) == _BLOCK:
                progress.add(fresh)
                fresh = []
    except BaseException:
        progress.add(fresh)
        progress.abandon()
        raise
    progress.add(fresh)
    folder = progress.close()
    _finish(folder, [progress.done[row][:-1] for row in stamps], facts, {})
    publish(folder, directory)


def write_image_view(directory: str | Path, ids: Sequence[str], images: Iterable[np.ndarray], *, like: View) -> None:
    """Write the view `directory`: `like` with other images, such as translations of its own.

    ids: must be like.ids; images: one (H, W, 3) uint8 array of like.image_size per id, in that order; low.npy is made
    from them. Labels are hard links to those of `like` where the file system allows it. index.csv names no file and
    holds the hash of the pixels. Raises ValueError when ids, number, shape or type of the images do not fit.
    """
    if list(ids) != like.ids:
        raise ValueError(f"{directory}: the ids are not those of {like.directory}")
    shapes = array_shapes(like.facts)
    shape = shapes["images"][1:]
    with atomic_path(directory) as temporary:
        arrays = create_arrays(temporary, {name: shapes[name] for name in ("images", "low")})
        rows = []
        for row, (name, image) in enumerate(zip(ids, tqdm(images, total=len(ids), disable=None), strict=True)):
            if image.shape != shape or image.dtype != np.uint8:
                raise ValueError(f"{directory}: image {name} is {image.dtype} {image.shape}, not uint8 {shape}")
            arrays["images"][row] = image
            arrays["low"][row] = resize_image(image, like.low_size)
            rows.append([name, "", hashlib.sha256(np.ascontiguousarray(image)).hexdigest()])
        for name in ("labels.npy", "low_labels.npy"):
            link_or_copy(like.directory / name, temporary / name)
        for array in arrays.values():
            array.flush()
        linked = {name: like.facts["arrays_sha256"][name] for name in ("labels", "low_labels")}
        _finish(temporary, rows, like.facts, linked)


def _stamp(reader: Reader, item: int) -> str:
    """Changes when a file of the item is replaced."""
    stats = (path.stat() for path in (reader.image_path(item), *reader.label_paths(item)) if path.exists())
    return hashlib.sha256(repr([(stat.st_size, stat.st_mtime_ns) for stat in stats]).encode()).hexdigest()[:16]


def _finish(directory: Path, rows: list[list[str]], facts: dict[str, Any], hashes: dict[str, str]) -> None:
    """Write index.csv and view.json; hashes: of arrays that are known already."""
    with open(directory / "index.csv", "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([_COLUMNS, *rows])
    hashes = {name: hashes.get(name) or sha256(directory / f"{name}.npy") for name in array_shapes(facts)}
    facts = {**facts, "index_sha256": sha256(directory / "index.csv"), "arrays_sha256": hashes}
    (directory / "view.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _facts(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: no such file, so its directory is not a view. {CURE}")
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        _ = (
            LabelSpace.from_dict(facts["label_space"]),
            array_shapes(facts),
            facts["index_sha256"],
            facts["arrays_sha256"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not the description of a view ({error!r}). {CURE}") from error
    return facts


def _rows(path: Path) -> list[list[str]]:
    if not path.is_file():
        raise InputError(f"{path}: no such file. {CURE}")
    with open(path, newline="", encoding="utf-8") as stream:
        columns, *rows = list(csv.reader(stream)) or [None]
    if columns != _COLUMNS:
        raise InputError(f"{path}: its columns are {columns} instead of {_COLUMNS}. {CURE}")
    return [row for row in rows if row]
