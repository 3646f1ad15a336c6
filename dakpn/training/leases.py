"""Which GPU of this host a job takes: the one that the fewest other jobs have, by locks that die with their holder.

Snakemake counts GPUs and names none, so that all jobs would take the first. Locks are named by the devices' UUIDs and
shared by all runs of a user. Devices that CUDA_VISIBLE_DEVICES hides are not seen here, so whoever sets it decides.
"""

import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "dakpn", "leases")

_held: list[FileLock] = []


def lease(devices: Sequence[str], folder: str | Path = FOLDER) -> int:
    """Position of the device that this process has from now until it ends, however it ends.

    devices: their UUIDs. As long as a device is free nobody shares one; then every device gets a second job before one
    gets a third.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    for jobs in count():
        for position, device in enumerate(devices):
            lock = FileLock(Path(folder, f"{device}.{jobs}.lock"))
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            # A lock that nobody refers to is freed.
            _held.append(lock)
            return position
    raise ValueError("no devices")
