"""One pass over the items of a reader: which items, and in threads."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tqdm import tqdm


def announce(text: str) -> None:
    """Print to stderr at once."""
    print(text, file=sys.stderr, flush=True)


def evenly_spread(count: int, limit: int | None) -> list[int]:
    """At most `limit` of range(count), in order and evenly spread, starting with 0; all of them for limit None. Raises
    ValueError for a limit below 1."""
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    chosen = count if limit is None else min(limit, count)
    return [i * count // chosen for i in range(chosen)]


def in_threads(
    function: Callable[[int], Any], items: Sequence[int], title: str, *, workers: int | None = None, every: float = 30
) -> Iterator[Any]:
    """Results of `function` in order, with a progress bar on a terminal, otherwise a line with rate and remaining time
    every `every` seconds.

    Threads suffice because Pillow decodes and resizes without the interpreter lock; workers: their number, None for as
    many as there are cores, 8 at most. An exception ends the pass.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(workers or min(8, cores)) as pool:
        results = pool.map(function, items)
        if sys.stderr.isatty():
            yield from tqdm(results, total=len(items), desc=title)
        else:
            yield from _announced(results, len(items), title, every)


def progress_line(title: str, done: int, total: int, seconds: float) -> str:
    """How far a pass is after so many seconds: "gta5 all: 1200/24904, 38.2 per second, 10 min left"."""
    rate = done / max(seconds, 1e-9)
    left = (total - done) / rate
    return f"{title}: {done}/{total}, {rate:.1f} per second, {left / 60:.0f} min left"


def _announced(results: Iterator[Any], total: int, title: str, every: float) -> Iterator[Any]:
    began = spoken = time.monotonic()
    for done, result in enumerate(results, 1):
        now = time.monotonic()
        if now - spoken >= every:
            announce(progress_line(title, done, total, now - began))
            spoken = now
        yield result
