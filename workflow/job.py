"""What every job that computes does around its one call into the library: log, device, threads, checkpoint, cost."""

import hashlib
import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dakpn.files import write_json
from dakpn.training.device import choose_device, device_name, keep_memory, set_threads
from dakpn.training.loop import Run


@dataclass(frozen=True)
class Job:
    """A running job: its device and how its training leaves traces."""

    device: torch.device
    run: Run


@contextmanager
def job(snakemake: Any) -> Iterator[Job]:
    """A job that computes with torch and leaves `output.cost` (device, seconds, GPU memory) when it succeeds."""
    set_threads(snakemake.threads, int(os.environ.get("DAKPN_CORES", 0)))
    keep_memory()
    settings = snakemake.params.settings
    device = choose_device(settings["device"])
    # Kernels chosen by speed may differ between two runs of the same seed.
    torch.backends.cudnn.deterministic = True
    began = time.monotonic()
    yield Job(device, Run(Path(settings["checkpoint"]), fingerprint(snakemake), log_every=20, checkpoint_seconds=120))
    if "cost" in snakemake.output.keys():
        memory = torch.cuda.max_memory_allocated() / 2**20 if device.type == "cuda" else None
        cost = {
            "stage": snakemake.rule,
            **dict(snakemake.wildcards.items()),
            "seconds": time.monotonic() - began,
            "max_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "device": device_name(device),
            "gpu_memory_mib": memory,
        }
        write_json(snakemake.output.cost, cost)


def fingerprint(snakemake: Any) -> str:
    """Identity of a job's settings and inputs; a checkpoint is continued only by the job that would have made it."""
    digest = hashlib.sha256()
    digest.update(json.dumps(dict(snakemake.params.items()), sort_keys=True, default=str).encode())
    # A view is told by its view.json, which holds the hash of its index and so of every image.
    for file in filter(Path.is_file, sorted(map(Path, snakemake.input))):
        digest.update(file.read_bytes())
    return digest.hexdigest()
