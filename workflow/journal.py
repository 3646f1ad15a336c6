"""The log of a job, and how a job ends when its input is bad."""

import json
import logging
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dakpn.errors import InputError

log = logging.getLogger("dakpn.job")


@contextmanager
def logged(snakemake: Any) -> Iterator[None]:
    """Log to the rule's file and to the terminal; end an InputError or a diverged training in one line, status 1."""
    from dakpn.efficiency.job_costs import MARK  # with pandas, which the main process does without

    path = Path(snakemake.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    name = " ".join([snakemake.rule, *snakemake.wildcards])
    logging.basicConfig(
        level=logging.INFO,
        format=f"%(asctime)s {name}: %(message)s",
        datefmt="%H:%M:%S",
        handlers=[logging.FileHandler(path, mode="w"), logging.StreamHandler(sys.stderr)],
        force=True,
    )
    try:
        yield
        usage = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        work = sum(one.ru_utime + one.ru_stime for one in usage)
        log.info("%s%s", MARK, json.dumps({"began": snakemake.began, "ended": time.time(), "work": work}))
    except (InputError, FloatingPointError) as error:
        diverged = isinstance(error, FloatingPointError)
        log.error("ERROR: %s%s", error, ". Lower the learning rate or inspect the data." * diverged)
        sys.exit(1)
