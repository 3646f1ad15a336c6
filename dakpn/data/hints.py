"""Why a data set is not at its root: archives still packed, another folder level, names in another case."""

from collections.abc import Iterable
from pathlib import Path

_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar")


def absence_hint(root: Path, marks: Iterable[str], absent: Path) -> str:
    """A sentence about what is there instead, with a blank at its end; empty when the reason is not known.

    root: the folder a user named; marks: names that the data set's own root holds; absent: what is missing. Looks one
    level up and one down, at names only.
    """
    marks = set(marks)
    inside = _names(root)
    twins = [name for name in _names(absent.parent) if name.lower() == absent.name.lower() and name != absent.name]
    if twins:
        return f"There is {twins[0]} instead: names are case-sensitive, rename it to {absent.name}. "
    packed = [name for name in inside if Path(name).suffix.lower() in _ARCHIVES]
    if packed:
        return f"It holds archives that are still packed ({packed[0]}): unpack them. "
    below = [name for name in inside if (root / name).is_dir() and marks & set(_names(root / name))]
    if below:
        return f"The data set lies one level deeper: set the root to {root / below[0]}. "
    if not marks & set(inside) and (root.name in marks or marks & set(_names(root.parent))):
        return f"The data set lies one level higher: set the root to {root.parent}. "
    return ""


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
