# The plan of the run, and what all rules share. No rule here.
import os
import sys
import time
from pathlib import Path

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.plan import DataAudit, Report, plan
from dakpn.plan.configure import configure
from workflow.ask import Ask
from workflow.code_identity import code_of
from workflow.ending import ending
from workflow.execution import execute, pass_on_signals
from workflow.run_lock import hold
from workflow.terminal import at_end, keep

try:
    PLAN = plan(configure(config, METHODS))
except InputError as error:
    # One line instead of Snakemake's traceback: the message already names the key and the cure.
    sys.exit(f"ERROR: {error}")

ASK = Ask(PLAN, workflow)
NOW = time.time()
# What `make bench` has measured, one file per device; part of no run.
MEASURED = sorted(map(str, Path("results/benchmark").glob("*.csv")))

# Jobs are told what `--cores` promised: on a machine with fewer cores they must not start that many threads.
os.environ.update(DAKPN_CORES=str(ASK.cores))


wildcard_constraints:
    **PLAN.wildcards,


# Not in a dry run, and not in the processes that a scheduler starts for single jobs.
onstart:
    # Whoever asks where a run stands must not keep it from running.
    if {job.rule.name for job in workflow.dag.jobs} != {"status"}:
        hold(PLAN.results)
        keep(log, f"{PLAN.results}/logs/snakemake")
    pass_on_signals()


at_end(lambda: ending(PLAN) if any(job.rule.name == "report" for job in workflow.dag.jobs) else [])
