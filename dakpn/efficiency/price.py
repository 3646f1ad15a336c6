"""The price of jobs: seconds of each, wall time of all on some cores and GPUs, and how far an estimate was off."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, NamedTuple

from dakpn.efficiency.job_costs import measured

START = 0.25
"""Seconds from a job's start to its work: a fork, and the opening of files."""
BETWEEN = 0.15
"""Seconds that Snakemake takes for each job while a core waits for the next."""
OPENING = 12.0
"""Seconds that Snakemake takes to load and to order all jobs."""
TYPICAL = {
    "procedural_data": (0.2, 1.3),
    "procedural_pairs": (0.2, 1.5),
    "passport": (0.2, 0.0),
    "view": (0.1, 0.2),
    "view_shard": (0.1, 0.2),
    "shift_card": (0.2, 12.0),
    "fidelity": (0.1, 0.8),
    "geometry": (0.4, 1.3),
    "table": (0.5, 0.04),
    "supplement": (0.3, 0.05),
    "claims": (1.0, 0.05),
    "figure": (1.2, 0.0),
}
"""Rule -> (seconds of a job, seconds for each unit of its amount, see `dakpn.plan.price.amount`) on one core of an AMD
EPYC in the default run."""
OTHERS = (0.5, 0.0)
"""The same of rules that stand not in TYPICAL."""


class Job(NamedTuple):
    """A job that is still to run. place, rule: of its node. needs: places of jobs to run before it. threads, gpu: what
    it occupies. seconds: how long it takes, by a record of such a job, a trial or experience, which `basis` names.
    disk: bytes that it leaves.
    """

    place: str
    rule: str
    needs: tuple[str, ...]
    threads: int
    gpu: int
    seconds: float
    basis: str
    disk: float


def by_trial(work: Mapping[str, float], trial: Mapping[str, float]) -> float:
    """Seconds of a job with this `work` by what a trial of its kind took for a unit of each part."""
    return START + sum(units * trial.get(part, 0.0) for part, units in work.items())


def by_experience(rule: str, amount: float, speed: float) -> float:
    """Seconds of a job that is not tried. speed: how much longer this machine takes than that of TYPICAL."""
    fixed, each = TYPICAL.get(rule, OTHERS)
    return START + speed * (fixed + each * amount)


def wall_time(jobs: Sequence[Job], cores: int, gpus: int) -> float:
    """Seconds until all jobs are done: each starts as soon as what it needs is there and cores and GPUs are free; of
    those that could start the first of the sequence does. A job that wants more than there is takes all.
    """
    known = {job.place for job in jobs}
    waiting = {job.place: sum(need in known for need in set(job.needs)) for job in jobs}
    after: dict[str, list[int]] = {}
    for position, job in enumerate(jobs):
        for need in set(job.needs) & known:
            after.setdefault(need, []).append(position)
    ready = [position for position, job in enumerate(jobs) if not waiting[job.place]]
    running: list[tuple[float, int]] = []
    now, free = 0.0, [cores, gpus]
    while ready or running:
        for position in sorted(ready):
            wanted = _wanted(jobs[position], cores, gpus)
            if all(have >= want for have, want in zip(free, wanted, strict=True)):
                free = [have - want for have, want in zip(free, wanted, strict=True)]
                ready.remove(position)
                heappush(running, (now + BETWEEN + jobs[position].seconds, position))
        now, position = heappop(running)
        free = [have + want for have, want in zip(free, _wanted(jobs[position], cores, gpus), strict=True)]
        for later in after.get(jobs[position].place, ()):
            waiting[jobs[later].place] -= 1
            if not waiting[jobs[later].place]:
                ready.append(later)
    return OPENING * bool(jobs) + now


def _wanted(job: Job, cores: int, gpus: int) -> tuple[int, int]:
    return min(job.threads, cores), min(job.gpu, gpus)


def stage_rows(jobs: Iterable[Job]) -> list[dict[str, Any]]:
    """A row per stage in the order of the jobs: stage, jobs, core_hours, gpu_hours, longest (seconds), disk (bytes) and
    basis. Hours of a job on a GPU are GPU-hours.
    """
    stages: dict[str, list[Job]] = {}
    for job in jobs:
        stages.setdefault(job.rule, []).append(job)
    return [
        {
            "stage": stage,
            "jobs": len(own),
            "core_hours": sum(job.seconds * job.threads for job in own if not job.gpu) / 3600,
            "gpu_hours": sum(job.seconds for job in own if job.gpu) / 3600,
            "longest": max(job.seconds for job in own),
            "disk": sum(job.disk for job in own),
            "basis": ", ".join(f"{count} {basis}" for basis, count in Counter(job.basis for job in own).items()),
        }
        for stage, own in stages.items()
    ]


def error_note(results: str | Path, places: Iterable[str]) -> str:
    """A sentence on how far the last price of the run in `results` was off, for the jobs of `places` that ran after it
    was taken; empty without a price or such jobs.
    """
    price = Path(results, "price.json")
    if not price.is_file():
        return ""
    estimate = json.loads(price.read_text(encoding="utf-8"))
    spans = {place: measured(results, place) for place in places if place in estimate["seconds"]}
    spans = {place: span for place, span in spans.items() if span and span["began"] >= estimate["taken"]}
    if not spans:
        return ""
    took = sum(span["ended"] - span["began"] for span in spans.values())
    expected = sum(estimate["seconds"][place] for place in spans)
    text = (
        f"Before {len(spans)} of these jobs ran, their time was estimated at {_minutes(expected)}; "
        f"they took {_minutes(took)} ({expected / took - 1:+.0%})."
    )
    if set(estimate["seconds"]) - set(spans) <= {""}:  # the report itself
        wall = max(span["ended"] for span in spans.values()) - min(span["began"] for span in spans.values())
        text += f" Wall time: {_minutes(estimate['wall'])} estimated, {_minutes(wall)} taken, pauses included."
    return text


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"
