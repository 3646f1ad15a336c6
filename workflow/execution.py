"""Jobs run as forks of one process that has loaded the libraries once.

An interpreter of its own would spend more time on loading torch than most jobs spend on their work. A fork starts with
no state but the loaded modules, and ends when the `snakemake` process that started it ends, however that happens. A run
that is asked to stop (SIGTERM, SIGINT, SIGHUP) asks its jobs, waits for them and ends with an error.
"""

import multiprocessing
import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from snakemake.iocontainers import Snakemake

from dakpn.data.views import View
from dakpn.training.stops import STOPPED, STOPS, answered
from workflow.journal import last_words, logged, memory_facts

LOADED = """torch torch._dynamo torchvision torchmetrics pandas scipy.stats matplotlib.pyplot seaborn
baselines dakpn.figures dakpn.report.page dakpn.segmentation.registry dakpn.tables.scores workflow.methods"""
"""Modules that scripts of jobs import. A script can import others; loading those then costs each of its jobs."""

SCRIPTS = Path(__file__).parent / "scripts"

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["workflow.fork_server", *LOADED.split()])
# Two threads that ask for the end of the same process at once would see a wrong exit status.
_asking = threading.Lock()
_living: set[Any] = set()
_stopping = threading.Event()
_checked: set[str] = set()
"""Views that a job of this run has made, or has read from end to end before it used them."""


def pass_on_signals() -> None:
    """From now on signals that ask this process to stop reach its jobs too, before what else they do here.

    For the main thread, once Snakemake has set its own handlers.
    """
    # Snakemake has no answer to SIGHUP, and its answer to SIGTERM can be asked for several times.
    alike = {number: signal.SIGTERM if number == signal.SIGHUP else number for number in answered()}
    for number, before in {number: signal.getsignal(other) for number, other in alike.items()}.items():
        signal.signal(number, partial(_stop, before if callable(before) else signal.default_int_handler))


def _stop(otherwise: Callable[..., Any], *about: Any) -> None:
    _stopping.set()
    for process in list(_living):
        process.terminate()
    otherwise(*about)


class JobError(Exception):
    """A job ended with an error: the last words of its log, its exit status, and where the log lies."""


def execute(script: str, *about: Any) -> None:
    """Run workflow/scripts/<script>.py with the global `snakemake` in a process of its own, to its end.

    about: what a `run:` block has from `input` to `rule`. Raises JobError where the job fails or is killed.
    """
    snakemake = Snakemake(*about, None)
    snakemake.began = time.time()
    views = {str(path) for path in (*snakemake.input, *snakemake.output) if Path(path).name == "view.json"}
    snakemake.unchecked = sorted(views.intersection(map(str, snakemake.input)) - _checked)
    process = _server.Process(target=_run, args=(str(SCRIPTS / f"{script}.py"), snakemake))
    with _asking:
        process.start()
    _living.add(process)
    if _stopping.is_set():
        process.terminate()
    wait([process.sentinel])
    with _asking:
        process.join()
    _living.discard(process)
    if process.exitcode:
        raise JobError(
            f"{_reason(process.exitcode, snakemake)}; exit status {process.exitcode}; see {snakemake.log[0]}"
        )
    _checked.update(views)


def _reason(status: int, snakemake: Snakemake) -> str:
    if status == STOPPED:
        return "stopped; the same command goes on from here"
    if status == -signal.SIGKILL:
        return f"killed, by hand or for want of memory ({memory_facts(snakemake.resources.get('mem_mb'))})"
    return last_words(snakemake.log[0]) if status > 0 else f"killed by {signal.Signals(-status).name}"


def _run(script: str, snakemake: Snakemake) -> None:
    for number in answered():
        signal.signal(number, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with logged(snakemake):
        for view in snakemake.unchecked:
            View.open(view).check()
        runpy.run_path(script, {"snakemake": snakemake})


def _end(*_: Any) -> None:
    # Once: what tidies up on the way out is not disturbed.
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(STOPPED)


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGKILL)
