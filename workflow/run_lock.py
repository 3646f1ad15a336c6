"""One process at a time works on a run. The kernel frees the lock however its holder ends, so none is left behind.

It takes the place of Snakemake's own locks, which outlive a killed process and do not say whose they are;
profiles/default turns those off.
"""

import fcntl
import os
import sys
from pathlib import Path

_held = []


def hold(folder: str | Path) -> None:
    """Lock the run's folder of results until this process ends; end it with a message if another process holds it."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    file = Path(folder, ".lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        sys.exit(f"ERROR: {folder}: process {file.read().strip()} works on this run. Wait for it, or end it.")
    file.truncate(0)
    print(os.getpid(), file=file, flush=True)
    _held.append(file)
