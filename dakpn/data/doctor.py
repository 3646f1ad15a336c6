"""The doctor: checks of a data set before it is used; every finding comes with its cure."""

from collections import Counter, defaultdict
from collections.abc import Mapping

import numpy as np

from dakpn.data.label_spaces import IGNORE
from dakpn.data.manifest import Manifest, differences
from dakpn.data.reader import Reader
from dakpn.data.survey import Finding, relative

Row = dict[str, str]
_NAMED = 20  # how many items a row or a check names before it only counts
_PARTIAL = "Complete the copy, or set allow_partial: true to run on what is there and have every table say so."


def diagnose(reader: Reader, findings: Mapping[str, Finding]) -> list[Row]:
    """What the findings of `survey` mean: rows of strings check, status (ok | warning | error), detail, and cure (empty
    when ok). An item that cannot be read is a row among others.
    """
    good = {name: found for name, found in findings.items() if not found.error}
    bad = {name: found.error for name, found in findings.items() if found.error}
    decoded = {name: found for name, found in good.items() if found.stored is not None}
    return [
        *_counts(reader),
        *_items(reader, bad, len(good), len(decoded)),
        *(_sizes(good) if good else []),
        *(_census(reader, decoded) + _suspects(reader, decoded) if decoded else []),
    ]


def judge_count(reader: Reader, *, allow_partial: bool) -> Row:
    """Compare the pairs that are there, known defects included, with those of the release.

    A set without a release is whole when every image has a label and every label an image.
    """
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
    found = {what: names for what, names in differences(before, now).items() if names}
    if not found:
        return [_row("manifest", "ok", f"all {len(now)} files are those of the manifest")]
    cure = "Unpack these files again, or name the manifest of the copy that is meant."
    return [_row("manifest", "error", f"{what}: {_names(names)}", cure) for what, names in found.items()]


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
    histogram = Counter(found.size for found in good.values()).most_common()
    detail = ", ".join(f"{width}x{height}: {count}" for (height, width), count in histogram[:_NAMED])
    more = f", and {len(histogram) - _NAMED} more sizes" if len(histogram) > _NAMED else ""
    return [_row("sizes", "ok", f"width x height: images; {detail}{more}")]


def _census(reader: Reader, decoded: dict[str, Finding]) -> list[Row]:
    label_space = reader.space
    stored = np.sum([found.stored for found in decoded.values()], axis=0)
    census = np.sum([found.census for found in decoded.values()], axis=0)
    share = 100 * census / census.sum()
    producible = sorted(reader.producible())
    ids = ", ".join(f"{i} {100 * stored[i] / stored.sum():.3g} %" for i in np.flatnonzero(stored))
    detail = ", ".join(f"{label_space.classes[i]} {share[i]:.3g} %" for i in producible)
    rows = [
        _row("label ids", "ok", f"share of pixels by stored id; {ids}"),
        _row("label census", "ok", f"share of pixels; {detail}, ignored {share[IGNORE]:.3g} %"),
    ]
    absent = [label_space.classes[i] for i in producible if not census[i]]
    if len(absent) == len(producible):
        rows.append(
            _row("classes", "warning", "every pixel is ignored", "Nothing can be scored on this split; choose another.")
        )
    elif absent:
        rows.append(
            _row("classes", "warning", f"without a pixel: {', '.join(absent)}", "Expect no score for these classes.")
        )
    else:
        rows.append(_row("classes", "ok", f"all {len(producible)} classes of this data set occur"))
    return rows


def _suspects(reader: Reader, decoded: dict[str, Finding]) -> list[Row]:
    blank = [name for name, found in decoded.items() if found.blank]
    void = [name for name, found in decoded.items() if np.count_nonzero(found.census[:IGNORE]) == 0]
    single = [name for name, found in decoded.items() if np.count_nonzero(found.census) == 1 and name not in void]
    same = defaultdict(list)
    for name, found in decoded.items():
        same[found.files[relative(reader, reader.image_of(name))]].append(name)
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
