"""What a run says on the terminal: one live line, errors with the path of their log, and at the end its answer.

A logger plugin of Snakemake's, put in its place by workflow/entrypoint.py. The published ones that write to a terminal
were looked at in November 2026: `rich` 0.5 shows a panel with a bar for each rule, no expected end, and nothing before
the end where the output is a file; `rich-loguru` 0.3 brings the message services of its makers' site.
"""

import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from logging import WARNING, LogRecord
from pathlib import Path
from shutil import get_terminal_size
from textwrap import shorten

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

EVERY = {True: 1.0, False: 60.0}
"""Seconds between two lines of progress, on a terminal and in a file."""
RED, YELLOW, GREEN = "1;31", "33", "32"
REASON = re.compile(
    r"JobError in file [^\n]*\n(?P<reason>.*?)(; exit status 1)?; see (?P<log>\S+)\s*(  File|\Z)", re.DOTALL
)
"""In Snakemake's words on a failed job what `workflow.execution.JobError` says."""
OVER = "\r\033[K"
"""Written over the live line."""


class LogHandler(LogHandlerBase):
    """Progress and errors of a run; --dry-run, --verbose, --debug-dag and --printshellcmds keep Snakemake's output.

    With --quiet there are errors and the last lines alone, with --quiet all nothing.
    """

    # A filter as it is usual would hide errors with --quiet.
    has_filter = True
    writes_to_file = has_formatter = needs_rulegraph = False
    ending: Callable[[], Iterable[str]] = staticmethod(list)
    """The last lines of a run that succeeds, once it has."""
    full: Path | None = None
    """Where Snakemake's own output of this run is kept."""

    def __post_init__(self) -> None:
        about = self.common_settings
        quiet = set(about.quiet or ())
        self.silent, self.errors_only = Quietness.ALL in quiet, bool(quiet & {Quietness.RULES, Quietness.PROGRESS})
        self.stream = sys.stderr
        self.live = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self.colours = self.live and not about.nocolor
        self.off = about.dryrun or about.verbose or about.debug_dag or about.printshellcmds
        self.running: dict[int, str] = {}
        self.failed: dict[int, str] = {}
        self.reasons: dict[str, str] = {}
        self.waiting: list[str] = []
        self.done, self.total, self.began = 0, 0, 0.0
        self.succeeded = False
        self.closed = threading.Event()

    @property
    def writes_to_stream(self) -> bool:
        return not self.off

    def emit(self, record: LogRecord) -> None:
        if self.off or self.silent:
            return
        match getattr(record, "event", None):
            case LogEvent.RUN_INFO:
                self.total, self.began = record.stats["total"], time.monotonic()
                self.waiting.clear()
                threading.Thread(target=self._tick, daemon=True).start()
            case LogEvent.JOB_INFO:
                self.running[record.jobid] = " ".join([record.rule_name, *map(str, record.wildcards.values())])
            case LogEvent.JOB_FINISHED:
                self.running.pop(record.job_id, None)
            case LogEvent.PROGRESS:
                self.done, self.total = record.done, record.total
                self.succeeded = self.done == self.total
            case LogEvent.JOB_ERROR:
                self._failed(record)
            case LogEvent.ERROR if found := REASON.search(record.getMessage()):
                self.reasons[found["log"]] = found["reason"]
            case None | LogEvent.ERROR:
                self._said(record)
        self._draw()

    def _said(self, record: LogRecord) -> None:
        text = str(record.getMessage())
        if record.levelno >= WARNING:
            # Said after each failed job, whose own line says more.
            if not (self.failed and ("job execution failed" in text or "At least one job did not" in text)):
                self._print(text, RED if record.levelno > WARNING else YELLOW)
            if record.levelno > WARNING:
                self.waiting.clear()
        elif text == NOTHING_TO_BE_DONE_MSG:
            self.waiting, self.succeeded = [text], True
        elif not self.began:
            # Shown where no run follows, as with --unlock or --report.
            self.waiting.append(text)
        elif text.startswith("Terminating"):
            self._print(text, YELLOW)

    def _failed(self, record: LogRecord) -> None:
        name, log = self.running.pop(record.jobid, record.rule_name), ", ".join(record.log)
        if record.jobid not in self.failed:
            self.failed[record.jobid] = name
            reason = next((self.reasons[path] for path in record.log if path in self.reasons), "a job failed")
            about = f"\n  job: {name}" + f"\n  log: {log}" * bool(log)
            self._print(f"ERROR: {reason}{about}", RED)

    def _tick(self) -> None:
        while not self.closed.wait(EVERY[self.live]):
            with self.lock:
                self._draw(now=True)

    def _draw(self, now: bool = False) -> None:
        """The live line; in a file, a line where it is time for one."""
        if self.began and not self.closed.is_set() and not self.errors_only and (self.live or now):
            text = progress(self.running.values(), self.done, self.total, time.monotonic() - self.began)
            self._write(OVER + text[: get_terminal_size().columns - 1] if self.live else text + "\n")

    def _print(self, text: str, colour: str = "") -> None:
        text = f"\033[{colour}m{text}\033[0m" if colour and self.colours else text
        self._write(OVER * self.live + text + "\n")

    def _write(self, text: str) -> None:
        # A terminal that is gone must not keep the run from waiting for its jobs.
        with suppress(OSError):
            self.stream.write(text)
            self.stream.flush()

    def close(self) -> None:
        """The last lines; Snakemake calls this more than once."""
        if not (self.closed.is_set() or self.off or self.silent):
            self.closed.set()
            for text in self.waiting:
                self._print(text)
            if self.began:
                took = timedelta(seconds=round(time.monotonic() - self.began))
                failed = f"{len(self.failed)} failed, " * bool(self.failed)
                counts = f"{self.done} of {self.total} jobs done, {failed}{took}."
                self._print(counts + f" Full output: {self.full}" * bool(self.full), GREEN * self.succeeded)
            if self.succeeded:
                try:
                    for text in self.ending():
                        self._print(text)
                except Exception:  # Snakemake would hide it
                    traceback.print_exc()
        super().close()


def progress(running: Iterable[str], done: int, total: int, seconds: float) -> str:
    """What runs, how much is done, for how long, and when the rest ends if its jobs take as long as those before."""
    stages = ", ".join(dict.fromkeys(name.split(" ")[0].replace("_", " ") for name in running))
    stages = shorten(stages, 30, placeholder=" ...") or "choosing jobs"
    parts = [stages, f"{done}/{total} jobs", f"elapsed {timedelta(seconds=int(seconds))}"]
    if done:
        left = seconds / done * (total - done)
        clock = time.strftime("%H:%M", time.localtime(time.time() + left))
        parts.append(f"end {clock} (in {timedelta(seconds=int(left))})")
    return " | ".join(parts)


def at_end(lines: Callable[[], Iterable[str]]) -> None:
    """Say these lines last, if the run succeeds; they are asked for when it has."""
    LogHandler.ending = staticmethod(lines)


def keep(logs: Iterable[str], folder: str | Path) -> None:
    """Keep Snakemake's own output of this run in `folder` too, from now on; logs: the files that it writes."""
    for log in map(Path, logs):
        kept = Path(folder, log.name.replace(".snakemake", ""))
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            kept.hardlink_to(log)
        except OSError:  # another file system
            kept.symlink_to(log.resolve())
        LogHandler.full = kept
