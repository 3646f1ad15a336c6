"""After a run that was killed outright: Snakemake's locks stay behind and would stop the next run.

They do not say whose they are. So every run holds a lock of the operating system besides, which ends with its process:
whoever gets that lock alone knows that Snakemake's own are nobody's.
"""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "alive"


@contextmanager
def cleared(directory: str | Path) -> Iterator[list[Path]]:
    """Remove the locks that dead runs left in `directory`, then count as alive until the block ends.

    Gives the removed files. While another run is alive nothing is removed, and Snakemake itself decides whether the two
    get in each other's way. A file system without such locks changes nothing.
    """
    home = Path(directory) / ".snakemake"
    if not home.is_dir():
        # Nothing can be stale here. Snakemake makes the folder.
        yield []
        return
    with open(home / NAME, "a", encoding="utf-8") as stream:
        removed = []
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            removed = sorted(home.glob("locks/*.lock"))
            for lock in removed:
                lock.unlink(missing_ok=True)
            if removed:
                print(f"{home}/locks: removed the locks of a run that was killed.", file=sys.stderr)
        except OSError:
            pass
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            pass
        yield removed
