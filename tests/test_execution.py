"""Jobs in processes of their own: how they end, and that none outlives the run that started it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from runs import ROOT

START = """
    import sys
    from workflow import execution
    execution._server.set_forkserver_preload([])
    from snakemake.iocontainers import InputFiles, Log, OutputFiles, Params, ResourceList, Wildcards
    files = InputFiles(), OutputFiles(), Params(fromdict={{"word": "said"}}), Wildcards()
    try:
        execution.execute("{folder}/job", *files, 1, ResourceList(), Log(["the.log"]), {{}}, "rule")
    except execution.JobError as error:
        sys.exit(str(error))
"""


@pytest.fixture
def start(tmp_path):
    """A process that runs the given script as a job."""

    def process(script):
        (tmp_path / "job.py").write_text(textwrap.dedent(script))
        words = [sys.executable, "-c", textwrap.dedent(START.format(folder=tmp_path))]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)

    return process


def test_a_script_is_given_what_its_rule_says(start, tmp_path):
    run = start("open('output', 'w').write(snakemake.params.word + snakemake.rule)")
    error = run.communicate(timeout=60)[1]
    assert run.returncode == 0 and "Error" not in error
    assert "rule: measured: {" in (tmp_path / "the.log").read_text()
    assert (tmp_path / "output").read_text() == "saidrule"


@pytest.mark.parametrize(
    "script, status", [("raise SystemExit(3)", 3), ("1 / 0", 1), ("import os; os.kill(os.getpid(), 9)", -9)]
)
def test_a_failed_job_names_its_status_and_its_log(start, script, status):
    run = start(script)
    error = run.communicate(timeout=60)[1]
    assert run.returncode == 1 and f"exit status {status}; see the.log" in error
    assert ("ZeroDivisionError" in error) == (script == "1 / 0")


def test_a_job_ends_when_its_run_is_killed(start, tmp_path):
    run = start("import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)")
    end = time.monotonic() + 60
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert run.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    job = Path("/proc", (tmp_path / "pid").read_text(), "stat")
    assert job.exists()
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=60)
    while job.exists() and job.read_text().rpartition(")")[2].split()[0] not in "ZX":
        assert time.monotonic() < end, "the job goes on"
        time.sleep(0.05)
