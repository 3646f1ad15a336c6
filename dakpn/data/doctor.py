"""The doctor: looks at every item of a data set before hours are spent on it, and says what is wrong and what to do."""

from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np

from dakpn.data.passes import evenly_spread, in_threads, sha256
from dakpn.data.reader import Reader
from dakpn.errors import InputError
from dakpn.labels import IGNORE, LABEL_SPACES

Row = dict[str, str]
_NAMED = 20  # how many items a row or a check names before it only counts


class _Finding(NamedTuple):
    """What is kept of one item: either `error` or the rest."""

    error: str = ""
    size: tuple[int, int] = (0, 0)
    census: np.ndarray | int = 0  # (256,) pixels by train id
    blank: bool = False
    digest: str = ""


def examine(reader: Reader, *, limit: int | None = None) -> list[Row]:
    """Decode the items of `reader` and report. An item that cannot be read becomes a row and the examination goes on.

    limit: look at so many items only, evenly spread.
    Returns rows of strings: check, status (ok | warning | error), detail, cure (empty when ok).
    """
    chosen = evenly_spread(len(reader), limit)
    title = f"doctor: {reader.name} {reader.split}"
    findings = dict(zip(chosen, in_threads(lambda item: _look(reader, item), chosen, title), strict=True))
    good = {reader.ids[i]: found for i, found in findings.items() if not found.error}
    bad = {reader.ids[i]: found.error for i, found in findings.items() if found.error}
    return [
        *_counts(reader, len(chosen)),
        *_items(reader, bad, len(good)),
        *(_sizes(good) + _census(reader, good) + _suspects(good) if good else []),
    ]


def _look(reader: Reader, item: int) -> _Finding:
    try:
        image, label = reader.image(item), reader.label(item)
    except InputError as error:
        return _Finding(error=str(error))
    return _Finding(
        size=image.shape[:2],
        census=np.bincount(label.ravel(), minlength=256),
        blank=bool(image.min() == image.max()),
        digest=sha256(reader.image_path(item)),
    )


def _counts(reader: Reader, examined: int) -> list[Row]:
    part = "" if examined == len(reader) else f", {examined} of them examined"
    rows = [_row("count", "ok", f"{reader.name} {reader.split}: {len(reader)} images with labels{part}")]
    if reader.missing:
        rows.append(_row("missing", "warning", f"image or label absent: {_names(reader.missing)}", reader.cure))
    else:
        rows.append(_row("missing", "ok", "every id has image and label"))
    if reader.dropped:
        rows.append(_row("known defects", "ok", f"left out: {_names(reader.dropped)}"))
    return rows


def _items(reader: Reader, bad: dict[str, str], good: int) -> list[Row]:
    rows = [_row("items", "ok", f"{good} images and labels decode completely and agree in size")] if good else []
    rows += [
        _row("items", "error", f"{name}: {error}", f"Replace the files of {name}. {reader.cure}")
        for name, error in list(bad.items())[:_NAMED]
    ]
    if len(bad) > _NAMED:
        rows.append(_row("items", "error", f"{len(bad)} bad items in all: {_names(list(bad), len(bad))}", reader.cure))
    return rows


def _sizes(good: dict[str, _Finding]) -> list[Row]:
    histogram = Counter(found.size for found in good.values()).most_common()
    detail = ", ".join(f"{width}x{height}: {count}" for (height, width), count in histogram[:_NAMED])
    more = f", and {len(histogram) - _NAMED} more sizes" if len(histogram) > _NAMED else ""
    return [_row("sizes", "ok", f"width x height: images; {detail}{more}")]


def _census(reader: Reader, good: dict[str, _Finding]) -> list[Row]:
    space = LABEL_SPACES[reader.label_space]
    census = np.sum([found.census for found in good.values()], axis=0)
    share = 100 * census / census.sum()
    producible = sorted(reader.producible())
    detail = ", ".join(f"{space.classes[i]} {share[i]:.3g} %" for i in producible)
    rows = [_row("label census", "ok", f"share of pixels; {detail}, ignored {share[IGNORE]:.3g} %")]
    absent = [space.classes[i] for i in producible if not census[i]]
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


def _suspects(good: dict[str, _Finding]) -> list[Row]:
    blank = [name for name, found in good.items() if found.blank]
    void = [name for name, found in good.items() if np.count_nonzero(found.census[:IGNORE]) == 0]
    single = [name for name, found in good.items() if np.count_nonzero(found.census) == 1 and name not in void]
    same = defaultdict(list)
    for name, found in good.items():
        same[found.digest].append(name)
    groups = [" = ".join(names) for names in same.values() if len(names) > 1]
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
