"""The log of a job, and how a job ends when its input is bad."""

import json
import logging
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dakpn.errors import InputError
from dakpn.files import amount
from dakpn.training import heartbeat

ERROR = "ERROR: "

OUT_OF_MEMORY = re.compile("out of memory|can't allocate memory|Cannot allocate memory", re.IGNORECASE)
LESS = "Lower `batch` or `image_size`, or run fewer jobs at once (--cores)."

log = logging.getLogger("dakpn.job")
said = logging.getLogger("dakpn.said")
"""Also for the terminal: what a job was asked to find out."""


@contextmanager
def logged(snakemake: Any) -> Iterator[None]:
    """Send all that this process writes to the rule's log; end an InputError, a diverged training and a want of memory
    in one line, status 1.
    """
    from dakpn.efficiency.job_costs import MARK  # with pandas, which the main process does without

    path = Path(snakemake.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    terminal = logging.StreamHandler(os.fdopen(os.dup(2), "w"))
    # Over the live line of the run.
    terminal.setFormatter(logging.Formatter("\r\033[K%(message)s" if terminal.stream.isatty() else "%(message)s"))
    said.addHandler(terminal)
    with path.open("w") as file:
        for standard in (1, 2):
            os.dup2(file.fileno(), standard)
    name = " ".join([snakemake.rule, *snakemake.wildcards])
    form = f"%(asctime)s {name}: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, datefmt="%H:%M:%S", stream=sys.stderr, force=True)
    home, found, place = path.with_suffix("").as_posix().partition("/logs/")
    if found:
        heartbeat.begin(f"{home}/heartbeats/{place}.json", place=place, stage=snakemake.rule, device="")
    try:
        yield
        usage = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        work = sum(one.ru_utime + one.ru_stime for one in usage)
        log.info("%s%s", MARK, json.dumps({"began": snakemake.began, "ended": time.time(), "work": work}))
    except (InputError, FloatingPointError) as error:
        diverged = isinstance(error, FloatingPointError)
        log.error("%s%s%s", ERROR, error, ". Lower the learning rate or inspect the data." * diverged)
        sys.exit(1)
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not OUT_OF_MEMORY.search(str(error)):
            raise
        reason = str(error).partition("\n")[0] or "an object did not fit"
        facts = memory_facts(snakemake.resources.get("mem_mb"))
        log.error("%sout of memory: %s; %s. %s", ERROR, reason, facts, LESS)
        sys.exit(1)
    finally:
        heartbeat.end()


def memory_facts(planned: int | None) -> str:
    """What memory is there and, where given, how much the rule counts with, in MB."""
    pages = (os.sysconf("SC_PAGE_SIZE") * os.sysconf(name) for name in ("SC_PHYS_PAGES", "SC_AVPHYS_PAGES"))
    total, free = map(amount, pages)
    return f"the rule counts with {planned} MB, " * bool(planned) + f"the machine has {total}, {free} of it free"


def last_words(path: str | Path) -> str:
    """The error that ended a job by `logged`, else the last line of its log; "no message" where there is none."""
    text = Path(path).read_text(encoding="utf-8", errors="replace").strip() if Path(path).is_file() else ""
    error = re.search(rf"^\d\d:\d\d:\d\d [^:\n]*: {ERROR}(.*)", text, re.DOTALL | re.MULTILINE)
    return error[1] if error else text.rpartition("\n")[2] or "no message"
