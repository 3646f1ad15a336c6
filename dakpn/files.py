"""Atomic writes: a file under its final name is complete. Digests: a file whose bytes changed is known."""

import csv
import errno
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from dakpn.errors import InputError

ROOM = "Free disk space and run the same command again."
SMALLEST = 2**16
"""Bytes: a disk with less is full."""


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on any error.

    The caller writes either one file or one directory at the temporary path. The content is synced before the rename,
    so a file under its final name is complete even after a power cut. An existing file or directory at `path` is
    replaced. Raises InputError where the disk has no room.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays at the end because writers such as numpy and Pillow choose the format by it.
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    _remove(temporary)
    try:
        yield temporary
        publish(temporary, path)
    except BaseException as error:
        free = shutil.disk_usage(path.parent).free
        fitted = sum(file.stat().st_size for file in (temporary, *temporary.rglob("*")) if file.is_file())
        _remove(temporary)
        if _lacks_room(error, free):
            raise InputError(f"{path}: the disk is full: it needs more than {amount(fitted + free)}. {ROOM}") from error
        raise


def _lacks_room(error: BaseException, free: int) -> bool:
    """Whether a write failed for want of space; some writers keep the reason to themselves."""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
        return True
    return isinstance(error, OSError | RuntimeError) and free < SMALLEST


def amount(size: int) -> str:
    """A number of bytes as text: 69.3 GB, 3.1 MB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def publish(temporary: str | Path, path: str | Path) -> None:
    """Sync the file or directory `temporary`, then give it the name `path`, replacing what has it."""
    temporary, path = Path(temporary), Path(path)
    _sync(temporary)
    if path.is_dir():
        shutil.rmtree(path)
    os.replace(temporary, path)


def sha256(path: str | Path) -> str:
    """Hash of a file's bytes, hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal(path: str | Path) -> None:
    """Append the digest of a file's bytes to it."""
    digest = bytes.fromhex(sha256(path))
    with open(path, "ab") as stream:
        stream.write(digest)


def unsealed(path: str | Path) -> bytes:
    """The bytes of a file before its seal. Raises ValueError where the seal is not theirs."""
    content = Path(path).read_bytes()
    size = len(content) - hashlib.sha256().digest_size
    if size < 0 or hashlib.sha256(content[:size]).digest() != content[size:]:
        raise ValueError(f"{path}: its bytes are not those that were written")
    return content[:size]


def read_arrays(path: str | Path, fields: Iterable[str]) -> dict[str, np.ndarray]:
    """{field: array} of an .npz file, whose own checksums tell a damaged one. Raises InputError for a file that cannot
    be read whole and for a missing field.
    """
    cure = "Delete the file; the same command makes it again."
    try:
        with np.load(path, allow_pickle=False) as stored:
            if not (missing := [field for field in fields if field not in stored]):
                return {field: stored[field] for field in fields}
    # Whatever a damaged file makes of the reader: it may look like encrypted or written by another program.
    except (OSError, ValueError, EOFError, RuntimeError, BadZipFile, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error}). {cure}") from error
    raise InputError(f"{path}: it has no {', '.join(missing)}. {cure}")


def write_json(path: str | Path, content: Any) -> None:
    """Write `content` as indented UTF-8 JSON, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_rows(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV, atomically: a column per key in the order of their first use, empty for None, nan and keys
    that a row lacks.
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        # nan is the one value that differs from itself.
        writer.writerows({key: value if value == value else None for key, value in row.items()} for row in rows)


def _sync(path: Path) -> None:
    for file in [path] if path.is_file() else filter(Path.is_file, path.rglob("*")):
        with open(file, "rb") as stream:
            os.fsync(stream.fileno())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
