"""The doctor: looks at every item of a data set before it is used, and says what is wrong and how to cure it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dakpn.data.label_spaces import IGNORE
from dakpn.data.manifest import Entry, Manifest, differences, entry_of
from dakpn.data.passes import evenly_spread, in_threads
from dakpn.data.reader import Reader
from dakpn.errors import InputError

Row = dict[str, str]
_NAMED = 20  # how many items a row or a check names before it only counts
_PARTIAL = "Complete the copy, or set allow_partial: true to run on what is there and have every table say so."
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
    """id -> finding, in the order of ids. An item that cannot be used is a finding too. full: decode every item and
    hash its files; else look at sizes, headers and ends, and decode SAMPLE items."""
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


def diagnose(reader: Reader, findings: Mapping[str, Finding]) -> list[Row]:
    """What the findings of `survey` mean: rows of strings check, status (ok | warning | error), detail, and cure (empty
    when ok). An item that cannot be read is a row among others."""
    good = {name: finding for name, finding in findings.items() if not finding.error}
    bad = {name: finding.error for name, finding in findings.items() if finding.error}
    decoded = {name: finding for name, finding in good.items() if finding.stored is not None}
    return [
        *_counts(reader),
        *_items(reader, bad, len(good), len(decoded)),
        *(_sizes(good) if good else []),
        *(_census(reader, decoded) + _suspects(reader, decoded) if decoded else []),
    ]


def judge_count(reader: Reader, *, allow_partial: bool) -> Row:
    """Compare the pairs that are there, known defects included, with those of the release. A set without a release is
    whole when every image has a label and every label an image."""
    there, official, known = len(reader) + len(reader.dropped), reader.official_count(), reader.known_missing()
    if official is None:
        if not reader.missing:
            return _row("release", "ok", f"no release to compare with; all {there} images have a label")
        detail = f"without image or without label: {_names(reader.missing)}"
        return _row("release", "warning" if allow_partial else "error", detail, f"{reader.cure} {_PARTIAL}")
    detail = f"{there} of the {official} pairs of the release"
    if there == official:
        return _row("release", "ok", f"all {official} pairs of the release")
    if there > official:
        return _row("release", "warning", f"{detail}: more than there are", "Remove the files that are not official.")
    if official - there <= len(known):
        return _row("release", "warning", f"{detail}; the rest is known to be absent from many copies", reader.cure)
    return _row("release", "warning" if allow_partial else "error", detail, _PARTIAL)


def judge_manifest(now: Manifest, before: Manifest) -> list[Row]:
    """Compare a data set's files with those of an earlier manifest; every file that differs is named."""
    cure = "Unpack these files again, or name the manifest of the copy that is meant."
    different = {what: names for what, names in differences(before, now).items() if names}
    rows = [_row("manifest", "error", f"{what}: {_names(names)}", cure) for what, names in different.items()]
    return rows or [_row("manifest", "ok", f"all {len(now)} files are those of the manifest")]


def _counts(reader: Reader) -> list[Row]:
    rows = [_row("count", "ok", f"{reader.name} {reader.split}: {len(reader)} images with labels")]
    if reader.missing:
        rows.append(_row("missing", "warning", f"image or label absent: {_names(reader.missing)}", reader.cure))
    else:
        rows.append(_row("missing", "ok", "every id has image and label"))
    if reader.dropped:
        rows.append(_row("known defects", "ok", f"left out: {_names(reader.dropped)}"))
    odd = [f"{name} {reader.oddities[name]}" for name in reader.ids if name in reader.oddities]
    if odd:
        rows.append(_row("known oddities", "ok", f"used all the same: {_names(odd)}"))
    return rows


def _items(reader: Reader, bad: dict[str, str], good: int, decoded: int) -> list[Row]:
    how = "decode completely" if decoded == good else f"look complete ({decoded} of them decoded)"
    rows = [_row("items", "ok", f"{good} images and labels {how} and agree in size")] if good else []
    rows += [
        _row("items", "error", f"{name}: {error}", f"Replace the files of {name}. {reader.cure}")
        for name, error in list(bad.items())[:_NAMED]
    ]
    if len(bad) > _NAMED:
        rows.append(_row("items", "error", f"{len(bad)} bad items in all: {_names(list(bad), len(bad))}", reader.cure))
    return rows


def _sizes(good: dict[str, Finding]) -> list[Row]:
    histogram = Counter(finding.size for finding in good.values()).most_common()
    detail = ", ".join(f"{width}x{height}: {count}" for (height, width), count in histogram[:_NAMED])
    more = f", and {len(histogram) - _NAMED} more sizes" if len(histogram) > _NAMED else ""
    return [_row("sizes", "ok", f"width x height: images; {detail}{more}")]


def _census(reader: Reader, decoded: dict[str, Finding]) -> list[Row]:
    classes = reader.space.classes
    stored, census = totals(decoded.values())
    share = 100 * census / census.sum()
    producible = sorted(reader.producible())
    ids = ", ".join(f"{i} {100 * stored[i] / stored.sum():.3g} %" for i in np.flatnonzero(stored))
    detail = ", ".join(f"{classes[i]} {share[i]:.3g} %" for i in producible)
    rows = [
        _row("label ids", "ok", f"share of pixels by stored id; {ids}"),
        _row("label census", "ok", f"share of pixels; {detail}, ignored {share[IGNORE]:.3g} %"),
    ]
    absent = [classes[i] for i in producible if not census[i]]
    if not absent:
        return [*rows, _row("classes", "ok", f"all {len(producible)} classes of this data set occur")]
    detail, cure = f"without a pixel: {', '.join(absent)}", "Expect no score for these classes."
    if len(absent) == len(producible):
        detail, cure = "every pixel is ignored", "Nothing can be scored on this split; choose another."
    return [*rows, _row("classes", "warning", detail, cure)]


def _suspects(reader: Reader, decoded: dict[str, Finding]) -> list[Row]:
    blank = [name for name, finding in decoded.items() if finding.blank]
    void = [name for name, finding in decoded.items() if not finding.census[:IGNORE].any()]
    single = [name for name, finding in decoded.items() if np.count_nonzero(finding.census) == 1 and name not in void]
    same = defaultdict(list)
    for name, finding in decoded.items():
        same[next(iter(finding.files.values()))].append(name)  # the image's entry
    groups = [" = ".join(names) for entry, names in same.items() if len(names) > 1 and entry.sha256]
    look = "Look at these files; leave them out if they are defects."
    return [
        _suspect("blank images", "images of one colour", blank, look),
        _suspect("void labels", "labels without a scored pixel", void, look),
        _suspect("one-class labels", "labels of a single class", single, look),
        _suspect("duplicates", "identical image files", groups, "Keep one file of each group."),
    ]


def _suspect(check: str, what: str, names: list[str], cure: str) -> Row:
    return _row(check, "warning", f"{what}: {_names(names)}", cure) if names else _row(check, "ok", f"no {what}")


def _names(names: list[str], most: int = _NAMED) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{len(names)} ({', '.join(names[:most])}{more})"


def _row(check: str, status: str, detail: str, cure: str = "") -> Row:
    return {"check": check, "status": status, "detail": detail, "cure": cure}
