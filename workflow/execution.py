"""Jobs run as forks of one process that has loaded the libraries once.

An interpreter of its own would spend more time on loading torch than most jobs spend on their work. A fork starts with
no state but the loaded modules, and ends when the `snakemake` process that started it ends, however that happens.
"""

import multiprocessing
import os
import runpy
import signal
import threading
import time
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from snakemake.iocontainers import Snakemake

from workflow.journal import last_words, logged

LOADED = """torch torch._dynamo torchvision torchmetrics pandas scipy.stats matplotlib.pyplot seaborn
baselines dakpn.figures dakpn.report.page dakpn.segmentation.registry dakpn.tables.scores workflow.methods"""
"""Modules that scripts of jobs import. A script can import others; loading those then costs each of its jobs."""

SCRIPTS = Path(__file__).parent / "scripts"

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(LOADED.split())
# Two threads that ask for the end of the same process at once would see a wrong exit status.
_asking = threading.Lock()


class JobError(Exception):
    """A job ended with an error: the last words of its log, its exit status, and where the log lies."""


def execute(script: str, *about: Any) -> None:
    """Run workflow/scripts/<script>.py with the global `snakemake` in a process of its own, to its end.

    about: what a `run:` block has from `input` to `rule`. Raises JobError where the job fails or is killed.
    """
    snakemake = Snakemake(*about, None)
    snakemake.began = time.time()
    process = _server.Process(target=_run, args=(str(SCRIPTS / f"{script}.py"), snakemake))
    with _asking:
        process.start()
    wait([process.sentinel])
    with _asking:
        process.join()
    if process.exitcode:
        words = last_words(snakemake.log[0]) if process.exitcode > 0 else "killed"
        raise JobError(f"{words}; exit status {process.exitcode}; see {snakemake.log[0]}")


def _run(script: str, snakemake: Snakemake) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with logged(snakemake):
        runpy.run_path(script, {"snakemake": snakemake})


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGKILL)
