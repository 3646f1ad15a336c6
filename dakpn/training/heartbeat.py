"""How far this process is, in a small file that others read: `snakemake status` sees all jobs of a run on all hosts.

A job is a process of its own, so there is one heartbeat in it; where none was begun, as in tests, `beat` does nothing.
"""

import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dakpn.files import write_json

EVERY = 5.0
"""Seconds between two writes at least."""

_living: dict[str, Any] = {}
"""path, about, first (time and steps of the first beat) and written (time of the last), while a job runs."""


def begin(path: str | Path, **about: Any) -> None:
    """Write the file and keep it up to date from now on. about: what else it holds, such as the job's place."""
    now = time.time()
    _living.update(path=Path(path), first=None, written=now)
    _living["about"] = {"host": platform.node(), "pid": os.getpid(), "began": now, **about}
    write_json(path, {**_living["about"], "beat": now})


def handed() -> tuple[Path, dict[str, Any]] | None:
    """Path and facts for the process that goes on with the beat: `begin` takes them. None where none was begun."""
    return (_living["path"], _living["about"]) if _living else None


def add(**about: Any) -> None:
    """Say more about the job, such as its device, with the next beat."""
    if _living:
        _living["about"].update(about)


def beat(done: int, total: int, losses: Mapping[str, float] | None = None) -> None:
    """`done` of `total` steps or images are done, with the last losses; written at most every EVERY seconds."""
    now = time.time()
    if _living and _living["first"] is None:
        _living["first"] = (now, done)
    if _living and now - _living["written"] >= EVERY:
        began, earlier = _living["first"]
        rate = (done - earlier) / (now - began) if now > began else 0.0
        values = {name: value for name, value in (losses or {}).items() if name != "step"}
        write_json(
            _living["path"],
            {**_living["about"], "beat": now, "done": done, "total": total, "rate": rate, "losses": values},
        )
        _living["written"] = now


def end() -> None:
    """Remove the file: the job is over, well or not."""
    if _living:
        _living["path"].unlink(missing_ok=True)
        _living.clear()
