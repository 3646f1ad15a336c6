"""`make chaos`: a small run that is killed again and again ends with the same files as one that is left alone.

Every table's CSV, row, confusion store, weight, array and PNG is compared byte for byte. What measures time or names
the attempt is not: see TIMED. A kill hits the whole process group, the main process or one job, with SIGKILL, SIGTERM
or SIGINT, while a job of a chosen kind runs; of trainings after at least one step of this attempt.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd
import psutil
import yaml

from dakpn.files import sha256

ROOT = Path(__file__).parents[1]
NETWORK = {"width": 8, "iterations": 300, "batch": 8}
SMALL = {"iterations": 120, "batch": 2, "crop": 32, "width": 8, "blocks": 1, "discriminator_width": 8}
CONFIG = {
    "extends": "smoke",
    "run": "chaos",
    "tasks": {
        "street": None,
        "face": {"methods": ["identity", "fda", "dakpn-s", "dakpn-t", "cyclegan", "gcgan", "vsait", "cut", "drit"]},
    },
    "procedural": {"train": 400, "validation": 40, "paired": 8},
    "encoder": NETWORK,
    "segmenters": {"main": NETWORK},
    "methods": {
        "dakpn": {"iterations": 200},
        "cyclegan": SMALL,
        "gcgan": SMALL,
        "cut": {**SMALL, "head_width": 8, "taps": [0, 4, 8]},
        "drit": {**SMALL, "crop": 44, "scales": 2, "content_layers": 1},
        "vsait": {"iterations": 120},
    },
    "timing": {"task": "face"},
    "sensitivity": None,
    "trajectory": None,
}
"""Trainings of seconds on two cores."""
LONG = ("encoder", "translator", "segmenter", "translation", "view")
"""Stages of which every kind is hit several times; the others once."""
SEVERAL = 3
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
SCOPES = ("group", "main", "job")
TIMED = (
    "logs/* checkpoints/* provenance.json */cost.json rows/costs.csv rows/timing.csv timing/* tables/table2* "
    "figures/cost.svg tables/claims* *.md *.tex *.html"
).split()
"""Files that hold times, and the same tables in other formats, whose notes hold some."""
GRACE = 30
"""Seconds that a scheduler gives a run between SIGTERM and SIGKILL."""


@dataclass
class Kill:
    """One kill: where it hit, and what was left of it."""

    kind: str
    number: str
    scope: str
    ended: float
    """Seconds until the main process had ended."""
    step: int | None = None
    """Of a training, the last step that its log names."""
    resumed: int | None = None
    """The step that it went on from."""


def start(folder: Path, targets: Sequence[str]) -> subprocess.Popen:
    """A run of CONFIG in `folder`, in a process group of its own, with a checkpoint every second."""
    config = folder.parent / "chaos.yaml"
    words = ["--snakefile", ROOT / "Snakefile", "--directory", folder, "--configfile", config, "--cores", "2", "--"]
    with (folder / "output.txt").open("a") as output:
        return subprocess.Popen(
            [Path(sys.prefix, "bin", "snakemake"), *words, *targets],
            env=os.environ | {"PYTHONPATH": str(ROOT), "DAKPN_CHECKPOINT_SECONDS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def running(process: subprocess.Popen, logs: Path) -> Iterator[tuple[Path, psutil.Process]]:
    """The log and the process of every job of a run."""
    try:
        found = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    for child in found:
        try:
            log = Path(os.readlink(f"/proc/{child.pid}/fd/1"))
        except OSError:  # it has ended
            continue
        if log.is_relative_to(logs) and log.suffix == ".log":
            yield log.relative_to(logs), child


def kind_of(log: Path) -> str:
    """encoder, view, score, ...; of translators each method is a kind."""
    return f"{log.parts[0]} {log.parts[2]}" if log.parts[0] == "translator" else log.parts[0].removesuffix(".log")


def steps(log: Path) -> tuple[int | None, int | None]:
    """The step that a training's attempt began with and the last one that it names; None where it names none."""
    text = log.read_text(errors="replace") if log.exists() else ""
    began = re.search(r"continuing from step (\d+)", text)
    named = re.findall(r"(?:step|after step) (\d+)/\d+", text)
    return int(began[1]) if began else 0 if named else None, int(named[-1]) if named else None


def strike(
    process: subprocess.Popen,
    logs: Path,
    hits: Counter[str],
    kills: list[Kill],
    chance: random.Random,
    only: Sequence[str],
) -> Kill | None:
    """Wait for a job of a kind not hit often enough, kill, and wait for the end; None if the run ended before."""
    moments: dict[Path, float] = {}
    while process.poll() is None:
        time.sleep(0.05)
        jobs = dict(running(process, logs))
        _note_resumed(jobs, logs, kills)
        for log, job in jobs.items():
            wanted = 0 if only and log.parts[0] not in only else SEVERAL if log.parts[0] in LONG else 1
            if hits[kind_of(log)] >= wanted:
                continue
            due = moments.setdefault(log, time.monotonic() + chance.uniform(0, 1.5))
            trains = log.parts[0] in LONG[:3]
            if time.monotonic() < due or (trains and steps(logs / log)[1] is None):
                continue
            hits[kind_of(log)] += 1
            return _kill(process, log, job, logs, chance)
    return None


def _kill(process: subprocess.Popen, log: Path, job: psutil.Process, logs: Path, chance: random.Random) -> Kill:
    number, scope = chance.choice(SIGNALS), chance.choice(SCOPES)
    family = [child for _, child in running(process, logs)]
    began = time.monotonic()
    if scope == "group":
        os.killpg(process.pid, number)
    else:
        os.kill(process.pid if scope == "main" else job.pid, number)
    process.wait()
    kill = Kill(str(log.with_suffix("")), number.name, scope, time.monotonic() - began)
    if log.parts[0] in LONG[:3]:
        kill.step = steps(logs / log)[1]
    while left := [child for child in family if _lives(child)]:
        if time.monotonic() - began > GRACE + kill.ended:
            raise RuntimeError(f"{kill}: outlived by the jobs {left}")
        time.sleep(0.05)
    return kill


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def _note_resumed(jobs: dict[Path, psutil.Process], logs: Path, kills: list[Kill]) -> None:
    for kill in kills:
        log = Path(f"{kill.kind}.log")
        if kill.step is not None and kill.resumed is None and log in jobs:
            kill.resumed = steps(logs / log)[0]


def disturbed(
    folder: Path, targets: Sequence[str], most: int, chance: random.Random, only: Sequence[str] = ()
) -> list[Kill]:
    """Run `targets` to their end through at most `most` kills; only: stages that are hit, all where it is empty.

    Raises RuntimeError where the run ends by itself with an error, or a process outlives its run.
    """
    logs, kills, hits = folder / "results/chaos/logs", [], Counter()
    folder.mkdir()
    while True:
        process = start(folder, targets)
        if len(kills) < most and (kill := strike(process, logs, hits, kills, chance, only)):
            kills.append(kill)
            print(f"{len(kills):3} {kill.number:8} {kill.scope:6} {kill.kind} {kill.step or ''}", flush=True)
            continue
        while process.poll() is None:
            time.sleep(0.05)
            _note_resumed(dict(running(process, logs)), logs, kills)
        if process.returncode:
            raise RuntimeError(f"the run failed by itself: {(folder / 'output.txt').read_text()[-2000:]}")
        return kills


def differences(one: Path, other: Path) -> tuple[int, list[str]]:
    """Number of files compared, and those that differ or are on one side only, but for TIMED and hidden ones."""

    def files(folder: Path) -> dict[str, Path]:
        found = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
        kept = (name for name in found if not any(fnmatch(name, pattern) for pattern in TIMED))
        return {name: found[name] for name in kept if not any(part.startswith(".") for part in Path(name).parts)}

    left, right = files(one), files(other)
    names = sorted(left.keys() | right.keys())
    wrong = [n for n in names if n not in left or n not in right or sha256(left[n]) != sha256(right[n])]
    return len(names), wrong


def main() -> int:
    """Run both, print every kill and what differs; 1 where anything does."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="at most so many")
    parser.add_argument("--seed", type=int, default=0, help="of signals, processes and moments")
    arguments = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="chaos-"))
    (place / "chaos.yaml").write_text(yaml.safe_dump(CONFIG))
    print(f"in {place}: first a run that is left alone", flush=True)
    disturbed(place / "alone", ["all"], 0, random.Random())
    kills = disturbed(place / "killed", ["all"], arguments.kills, random.Random(arguments.seed))
    table = pd.DataFrame([vars(kill) for kill in kills])
    table["lost"] = (table["step"].astype(float) - table["resumed"].astype(float)).clip(lower=0)
    print(table.to_markdown(index=False, floatfmt=".1f"))
    print(table.groupby(table["kind"].str.split("/").str[0])["kind"].count().to_markdown())
    slow = table.query("number != 'SIGKILL' and ended > @GRACE")
    count, wrong = differences(place / "alone/results/chaos", place / "killed/results/chaos")
    print(f"{len(kills)} kills, {count} files compared, {len(wrong)} differ: {', '.join(wrong) or 'none'}")
    print(f"slower than {GRACE} s to stop: {len(slow)}")
    return int(bool(wrong) or len(slow) > 0)


if __name__ == "__main__":
    sys.exit(main())
