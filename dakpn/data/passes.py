"""One pass over the items of a reader: which items, in threads, and the hash of a file."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tqdm import tqdm


def evenly_spread(count: int, limit: int | None) -> list[int]:
    """At most `limit` of range(count), in order and evenly spread, starting with 0; all of them for limit None.

    Raises ValueError for a limit below 1.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    chosen = count if limit is None else min(limit, count)
    return [i * count // chosen for i in range(chosen)]


def in_threads(function: Callable[[int], Any], items: Sequence[int], title: str) -> Iterator[Any]:
    """Results of `function` in order, with a progress bar on a terminal.

    Threads suffice because Pillow decodes and resizes without the interpreter lock. An exception ends the pass.
    """
    workers = min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        yield from tqdm(pool.map(function, items), total=len(items), desc=title, disable=None)


def sha256(path: Path) -> str:
    """Hash of a file's bytes, hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
