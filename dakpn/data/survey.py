"""One look at every item of a reader: sizes, ids, files and errors."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dakpn.data.manifest import Entry, entry_of
from dakpn.data.passes import evenly_spread, in_threads
from dakpn.data.reader import Reader
from dakpn.errors import InputError

# Items that a quick look decodes, evenly spread: enough to find labels of a wrong kind, too few to cost time.
SAMPLE = 20


@dataclass(frozen=True)
class Finding:
    """What is known of one item.

    error: empty, or why it cannot be used; files: entry by path; size: (H, W). Of decoded items also stored, (256,)
    pixels by stored id, census, (256,) pixels by train id, and blank, whether the image is of one colour.
    """

    error: str = ""
    files: dict[str, Entry] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    stored: np.ndarray | None = None
    census: np.ndarray | None = None
    blank: bool = False


def survey(reader: Reader, *, full: bool, workers: int | None = None) -> dict[str, Finding]:
    """id -> finding, in the order of ids. An item that cannot be used is a finding too.

    full: decode every item and hash its files; else look at sizes, headers and ends, and decode SAMPLE items.
    """
    decoded = set(evenly_spread(len(reader), None if full else SAMPLE))
    title = f"doctor: {reader.name} {reader.split}"
    look = lambda item: _look(reader, item, decode=item in decoded, hashed=full)  # noqa: E731
    return dict(zip(reader.ids, in_threads(look, range(len(reader)), title, workers=workers), strict=True))


def relative(reader: Reader, path: Path) -> str:
    """`path` as seen from the root, with slashes: the same wherever the data set lies."""
    return path.relative_to(reader.root).as_posix()


def totals(decoded: Iterable[Finding]) -> tuple[np.ndarray, np.ndarray]:
    """Pixels by stored id and by train id, both (256,) int64, of all decoded items."""
    pixels = [(finding.stored, finding.census) for finding in decoded]
    return tuple(np.sum(pixels, axis=0)) if pixels else (np.zeros(256, int), np.zeros(256, int))


def _look(reader: Reader, item: int, *, decode: bool, hashed: bool) -> Finding:
    paths = (reader.image_path(item), *reader.label_paths(item))
    files = {relative(reader, path): entry_of(path, hashed=hashed) for path in paths}
    try:
        if not decode:
            return Finding(files=files, size=reader.check(item))
        image, stored = reader.image(item), reader.stored(item)
        reader.train_ids(stored, item)
    except InputError as error:
        return Finding(error=str(error), files=files)
    counts = np.bincount(stored.ravel(), minlength=256)
    return Finding(
        files=files,
        size=image.shape[:2],
        stored=counts,
        census=np.bincount(reader.table.astype(np.uint8), weights=counts, minlength=256).astype(np.int64),
        blank=bool(image.min() == image.max()),
    )
