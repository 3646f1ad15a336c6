"""Where a run stands, as text: how much of each stage is done, and what the heartbeats of running jobs say."""

import json
import os
import platform
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from tabulate import tabulate

STALLED = 120.0
"""Seconds without a beat, and as many times the pause between two steps, after which a job counts as stalled."""
SHOWN = 3
"""Losses in a line."""


def read_heartbeats(folder: str | Path) -> list[dict[str, Any]]:
    """The content of every heartbeat below `folder`, the longest running first; of those that vanish meanwhile none.

    `age`, in seconds, is by the clock of the file system, because clocks of machines differ.
    """
    beats = []
    for file in Path(folder).rglob("*.json"):
        try:
            beats.append(json.loads(file.read_text(encoding="utf-8")) | {"age": time.time() - file.stat().st_mtime})
        except (OSError, ValueError):
            continue
    return sorted(beats, key=lambda beat: beat["began"])


def state(beat: Mapping[str, Any]) -> str:
    """running; gone, where its process has ended on this machine; or stalled, where its steps have stopped coming.

    Of a job without steps on another machine nobody can tell: it is said to run.
    """
    if beat["host"] == platform.node() and not _is_alive(beat["pid"]):
        return "gone"
    pause = STALLED / beat["rate"] if beat.get("rate") else STALLED
    return "stalled" if "done" in beat and beat["age"] > max(STALLED, pause) else "running"


def status_lines(stages: Mapping[str, tuple[int, int]], beats: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines of two tables: the stages of a run, name -> (done, of how many), and its running jobs."""
    beats = list(beats)
    running = [beat["stage"] for beat in beats if state(beat) == "running"]
    rows = [(name, f"{done}/{total}", running.count(name) or "") for name, (done, total) in stages.items()]
    done, total = (sum(part) for part in zip(*stages.values(), strict=True))
    rows.append(("all", f"{done}/{total}", len(running) or ""))
    lines = tabulate(rows, headers=("stage", "done", "running"), disable_numparse=True).splitlines()
    if not beats:
        return [*lines, "", "Nothing runs."]
    headings = ("job", "state", "for", "step", "rate", "left", "losses", "device")
    return [*lines, "", *tabulate(map(_job, beats), headers=headings, disable_numparse=True).splitlines()]


def _job(beat: Mapping[str, Any]) -> tuple[str, ...]:
    rate, found = beat.get("rate"), state(beat)
    left = _clock((beat["total"] - beat["done"]) / rate) if rate and found == "running" else ""
    losses = "  ".join(f"{name} {value:.4g}" for name, value in list(beat.get("losses", {}).items())[:SHOWN])
    steps = f"{beat['done']}/{beat['total']}" if "done" in beat else ""
    seen = found if found == "running" else f"{found}, {_clock(beat['age'])} ago"
    host = "" if beat["host"] == platform.node() else f"{beat['host']}: "
    pace = f"{rate:.3g}/s" if rate else ""
    return beat["place"], seen, _clock(time.time() - beat["began"]), steps, pace, left, losses, host + beat["device"]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=max(0, round(seconds))))
