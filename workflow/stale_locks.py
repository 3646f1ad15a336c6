"""Locks that a killed run left behind are removed; locks of a run that may be alive never are.

Snakemake's lock files record no owner. `watch_locks` records one: an audit hook learns that Snakemake, in this process,
is about to create a lock file, and creates it first as a hard link to a file in `.snakemake/owners/<owner>/`. The name
of that folder holds host, boot, process namespace, user, process id and start time of the process. The link identifies
the lock itself: a lock that another run makes later under the same name is another file.

When Snakemake is about to read the locks, those whose recorded owner is certainly dead are removed: same host, boot,
namespace and user, and no process with that id and start time. Its jobs on this machine have ended with it
(workflow/execution.py); those that it had handed to a cluster are not seen. All other locks stay: those of
`python -m snakemake`, of another machine, from before a reboot, on a file system without hard links and on a system
without /proc. There `snakemake --unlock` is left to the user.
"""

import atexit
import fcntl
import os
import platform
import shutil
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path


def machine() -> str:
    """Name the space in which process ids of this user are unique and visible: host, boot, namespace, user."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{platform.node()}_{boot}_{os.stat('/proc/self/ns/pid').st_ino}_{os.getuid()}"


def start_time(pid: int | str) -> str | None:
    """Start of a process in clock ticks since boot; None if there is none with this id, or only a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the command in parentheses and may hold blanks; state is the third, start time the 22nd.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]


def is_same_file(first: Path, second: Path) -> bool:
    with suppress(OSError):
        return first.samefile(second)
    return False


def create_with_owner(lock: Path, owner: str) -> None:
    """Create the empty file `lock` with a second link in its owner's folder; on failure leave it to Snakemake."""
    folder = lock.parents[1] / "owners" / owner
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        link = folder / lock.name
        link.touch()
        # Fails if the lock exists: then another run was faster and the lock is not ours.
        lock.hardlink_to(link)


@cache
def remove_stale(locks: Path) -> None:
    """Remove the lock files in the folder `locks` whose recorded owner is dead; print what was removed and what stays.

    Done once per process and folder: Snakemake lists the folder once for each kind of lock.
    """
    # os.listdir, because os.scandir and what is built on it would call the audit hook again.
    names = [name for name in os.listdir(locks) if name.endswith(".lock")]
    if not names:
        return
    owners, here, unknown = locks.parent / "owners", machine(), set(names)
    owners.mkdir(exist_ok=True)
    descriptor = os.open(owners, os.O_RDONLY)
    try:
        # Of two commands that start at once, the second must not remove what the first locks after its own removal.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for folder in sorted(owners.iterdir()):
            place, pid, start = folder.name.rsplit("_", 2)
            if place != here:
                continue
            owned = [name for name in names if is_same_file(folder / name, locks / name)]
            unknown.difference_update(owned)
            if start_time(pid) == start:
                continue
            for name in owned:
                (locks / name).unlink(missing_ok=True)
            shutil.rmtree(folder)
            if owned:
                print(f"{locks}: removed the locks of process {pid}, which was killed.", file=sys.stderr)
    finally:
        os.close(descriptor)
    if any((locks / name).exists() for name in unknown):
        print(
            f"{locks}: kept locks whose owner is unknown. If no other run works in this folder: `snakemake --unlock`.",
            file=sys.stderr,
        )


def watch_locks() -> None:
    """From now on and until this process ends: record the locks it creates, and remove stale ones before it reads them.

    Commands that neither read nor write locks (`--version`, `--help`, `--list`) change nothing.
    """
    try:
        owner = f"{machine()}_{os.getpid()}_{start_time(os.getpid())}"
    except OSError:
        return

    def watch(event: str, arguments: tuple) -> None:
        if event not in ("open", "os.scandir") or not isinstance(arguments[0], str):
            return
        if event == "open" and arguments[0].endswith(".lock") and arguments[2] & os.O_CREAT:
            lock = Path(arguments[0])
            if lock.parts[-3:-1] == (".snakemake", "locks"):
                create_with_owner(lock, owner)
        elif event == "os.scandir" and Path(arguments[0]).parts[-2:] == (".snakemake", "locks"):
            with suppress(OSError):
                remove_stale(Path(arguments[0]))

    sys.addaudithook(watch)
