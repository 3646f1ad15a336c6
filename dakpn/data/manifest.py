"""Manifests: every file of a data set with its size and hash, so that a copy can be told from another."""

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from dakpn.errors import InputError
from dakpn.files import atomic_path, sha256

_COLUMNS = ["file", "bytes", "sha256"]


class Entry(NamedTuple):
    """Size in bytes and hexadecimal hash of a file; an empty hash means that only the size was looked at."""

    bytes: int
    sha256: str = ""


Manifest = Mapping[str, Entry]  # path relative to the root of the data set, with slashes -> its entry


def entry_of(path: Path, *, hashed: bool) -> Entry:
    """The entry of one file; a file that cannot be read has the size -1."""
    try:
        return Entry(path.stat().st_size, sha256(path) if hashed else "")
    except OSError:
        return Entry(-1)


def content_hash(manifest: Manifest) -> str:
    """One hash of all names and contents (of names and sizes where hashes are empty), whatever order they came in."""
    digest = hashlib.sha256()
    for name in sorted(manifest):
        digest.update(f"{name}\0{manifest[name].bytes}\0{manifest[name].sha256}\n".encode())
    return digest.hexdigest()


def differences(before: Manifest, now: Manifest) -> dict[str, list[str]]:
    """{"changed": names, "absent": names, "new": names}; sizes are compared, and hashes where both sides have one."""
    pairs = ((name, before[name], now[name]) for name in before.keys() & now.keys())
    changed = [name for name, a, b in pairs if a.bytes != b.bytes or (a.sha256 and b.sha256 and a.sha256 != b.sha256)]
    return {
        "changed": sorted(changed),
        "absent": sorted(set(before) - set(now)),
        "new": sorted(set(now) - set(before)),
    }


def write_manifest(path: str | Path, manifest: Manifest) -> None:
    """Write `manifest` as CSV, sorted by name, atomically."""
    with atomic_path(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows((name, *manifest[name]) for name in sorted(manifest))


def read_manifest(path: str | Path) -> dict[str, Entry]:
    """The manifest that `write_manifest` wrote. Raises InputError for a missing file or another content."""
    path = Path(path)
    cure = "Name the manifest.csv that `snakemake doctor` wrote."
    if not path.is_file():
        raise InputError(f"{path}: no such file. {cure}")
    with open(path, newline="", encoding="utf-8", errors="replace") as stream:
        rows = csv.reader(stream)
        if next(rows, None) != _COLUMNS:
            raise InputError(f"{path}: not a manifest. {cure}")
        try:
            return {name: Entry(int(size), digest) for name, size, digest in rows}
        except ValueError as error:
            raise InputError(f"{path}: line {rows.line_num} is not 'file,bytes,sha256'. {cure}") from error
