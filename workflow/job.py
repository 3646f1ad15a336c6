"""What every job that computes does around its one call into the library: log, device, threads, checkpoint, cost."""

import hashlib
import json
import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dakpn.files import write_json
from dakpn.model.blur.function import USED
from dakpn.training import heartbeat
from dakpn.training.device import Utilisation, choose_devices, device_name, keep_memory, set_threads
from dakpn.training.loop import Run

NOTED = 5
"""Seconds between two notes of how long a job has taken."""


@dataclass(frozen=True)
class Job:
    """A running job: its devices, of which only trainings may have several, and how its training leaves traces."""

    devices: list[torch.device]
    run: Run

    @property
    def device(self) -> torch.device:
        """The first device."""
        return self.devices[0]


@contextmanager
def job(snakemake: Any) -> Iterator[Job]:
    """A job that computes with torch and, when it succeeds, leaves `output.cost`, or as a shard the same in its share:
    device, memory, seconds over all attempts and all shards, and which implementations of the blur it used.
    """
    set_threads(snakemake.threads, int(os.environ.get("DAKPN_CORES", 0)))
    keep_memory()
    settings = snakemake.params.settings
    devices = choose_devices(settings["device"], settings["devices"])
    device, checkpoint = devices[0], Path(settings["checkpoint"])
    load = Utilisation(device)
    heartbeat.add(device=device_name(device))
    # Kernels chosen by speed may differ between two runs of the same seed.
    torch.backends.cudnn.deterministic = True
    run = Run(checkpoint, fingerprint(snakemake), log_every=20, checkpoint_seconds=seconds_between_checkpoints())
    with spent(checkpoint.with_suffix(".spent.json"), run.fingerprint) as seconds:
        yield Job(devices, run)
    output = snakemake.output
    if path := Path(output.share, "cost.json") if "share" in output.keys() else output.get("cost"):
        costs = [Path(share, "cost.json").read_text(encoding="utf-8") for share in snakemake.input.get("shares", [])]
        # Of this process: ranks have their own.
        alone = device.type == "cuda" and len(devices) == 1
        memory = torch.cuda.max_memory_allocated() / 2**20 if alone else None
        largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        cost = {
            "stage": snakemake.rule,
            **dict(snakemake.wildcards.items()),
            "seconds": seconds() + sum(json.loads(cost)["seconds"] for cost in costs),
            "max_rss_mib": largest / 1024,
            "device": device_name(device),
            "gpu_memory_mib": memory,
            "gpu_utilisation": load.mean,
            "blur": " ".join(sorted(USED)),
        }
        write_json(path, cost)
    checkpoint.unlink(missing_ok=True)
    checkpoint.with_suffix(".spent.json").unlink(missing_ok=True)


def seconds_between_checkpoints() -> float:
    """The environment's DAKPN_CHECKPOINT_SECONDS, a minute without it."""
    return float(os.environ.get("DAKPN_CHECKPOINT_SECONDS", 60))


@contextmanager
def spent(path: Path, fingerprint: str) -> Iterator[Callable[[], float]]:
    """A clock of seconds over all attempts at a job; `path` holds those of this attempt for the next one.

    The file is written every few seconds, because a killed attempt writes nothing at its end.
    """
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        earlier = before["seconds"] if before["fingerprint"] == fingerprint else 0.0
    except (OSError, ValueError, KeyError, TypeError):
        earlier = 0.0
    began, over = time.monotonic(), threading.Event()

    def seconds() -> float:
        return earlier + time.monotonic() - began

    def note() -> None:
        ended = False
        while not ended:
            ended = over.wait(NOTED)
            write_json(path, {"fingerprint": fingerprint, "seconds": seconds()})

    noting = threading.Thread(target=note, daemon=True)
    noting.start()
    try:
        yield seconds
    finally:
        over.set()
        noting.join()


def fingerprint(snakemake: Any) -> str:
    """Identity of a job's settings and inputs; a checkpoint is continued only by the job that would have made it."""
    digest = hashlib.sha256()
    digest.update(json.dumps(dict(snakemake.params.items()), sort_keys=True, default=str).encode())
    # A view is told by its view.json, which holds the hashes of its arrays.
    for file in filter(Path.is_file, sorted(map(Path, snakemake.input))):
        digest.update(file.read_bytes())
    return digest.hexdigest()
