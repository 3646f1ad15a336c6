"""Running the installed `snakemake` command in a folder of a test's own, and what it and the plan say of a run."""

import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings

from baselines import METHODS
from dakpn.plan import plan
from dakpn.plan.configure import configure

ROOT = Path(__file__).parents[1]
SMOKE = ROOT / "config" / "smoke.yaml"
COMMAND = Path(sys.prefix) / "bin" / "snakemake"


def changed(folder, **changes):
    """The smoke configuration with changes, as a file; null removes a key."""
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump({"extends": "smoke", **changes}))
    return path


def faces(**changes):
    """Changes that leave out streets and all that speaks of them; changes: of the task face."""
    return {"tasks": {"street": None, "face": changes}, "timing": {"task": "face"}, "sensitivity": None}


def plan_of(config):
    """The plan of a configuration file."""
    return plan(configure(yaml.safe_load(config.read_text()), METHODS))


def started(folder, *arguments, config, root=ROOT, output=subprocess.DEVNULL):
    """The process of a run, with targets at the end, after --resources, as in the README.

    root: the repository, or a copy of it.
    """
    words = ["--snakefile", root / "Snakefile", "--directory", folder, "--configfile", config]
    return subprocess.Popen(
        [COMMAND, *map(str, words), "--cores", str(os.cpu_count()), "--resources", "gpu=1", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])},
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def snakemake(folder, *arguments, config=SMOKE, check=True, root=ROOT):
    """What a run prints."""
    running = started(folder, *arguments, config=config, root=root, output=subprocess.PIPE)
    text = running.communicate()[0]
    assert not check or running.returncode == 0, text[-9000:]
    return text


def killed(folder, *arguments, config, after):
    """Start a run and kill all its processes outright once a file that matches `after` is there."""
    running = started(folder, *arguments, config=config)
    while not list(Path(folder).glob(after)):
        assert running.poll() is None, "the run ended before it could be killed"
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def planned(folder, *arguments, config=SMOKE, root=ROOT):
    """Jobs that a dry run would run: rule -> number."""
    text = snakemake(folder, "-n", "--quiet", "rules", *arguments, config=config, root=root)
    if "Nothing to be done" in text:
        return {}
    table = text.split("Job stats:")[1].splitlines()[3:]
    rows = (line.split() for line in table)
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit() and row[0] != "total"}


def workflow(folder, *targets, config=SMOKE):
    """Snakemake's rules, and the jobs that it sees behind `targets`, done or not; nothing is run."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        parsed = api.workflow(
            ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[config]),
            snakefile=ROOT / "Snakefile",
            workdir=folder,
        )
        with redirect_stdout(None):
            parsed.dag(DAGSettings(targets=set(targets))).printd3dag()
        return list(parsed._workflow.rules), list(parsed._workflow.dag.jobs)
