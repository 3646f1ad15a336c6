"""Running the installed `snakemake` command in a folder of a test's own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SMOKE = ROOT / "config" / "smoke.yaml"
COMMAND = Path(sys.prefix) / "bin" / "snakemake"


def command(folder, *arguments, config, root=ROOT):
    words = ["--snakefile", root / "Snakefile", "--directory", folder, "--configfile", config]
    return [COMMAND, *map(str, words), "--cores", str(os.cpu_count()), "--resources", "gpu=1", *arguments]


def snakemake(folder, *arguments, config=SMOKE, check=True, root=ROOT):
    """Run the installed command with targets at the end, after --resources, as the README does.

    root: the repository, or a copy of it.
    """
    words, paths = command(folder, *arguments, config=config, root=root), os.environ | {"PYTHONPATH": str(root)}
    found = subprocess.run(words, capture_output=True, text=True, check=False, env=paths)
    if check:
        assert found.returncode == 0, found.stdout[-3000:] + found.stderr[-6000:]
    return found.stdout + found.stderr


def killed(folder, *arguments, config, after):
    """Start a run and kill all its processes outright once a file that matches `after` is there."""
    running = subprocess.Popen(
        command(folder, *arguments, config=config),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not list(Path(folder).glob(after)):
        assert running.poll() is None, "the run ended before it could be killed"
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def planned(folder, *arguments, config=SMOKE):
    """Jobs that a dry run would run: rule -> number."""
    text = snakemake(folder, "-n", "--quiet", "rules", *arguments, config=config)
    if "Nothing to be done" in text:
        return {}
    table = text.split("Job stats:")[1].splitlines()[3:]
    rows = (line.split() for line in table)
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit() and row[0] != "total"}
