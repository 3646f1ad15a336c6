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

from dakpn.training.stops import STOPS

START = """
    import signal, sys, threading
    from workflow import execution
    execution._server.set_forkserver_preload(["workflow.fork_server"])
    from snakemake.iocontainers import InputFiles, Log, OutputFiles, Params, ResourceList, Wildcards
    files = InputFiles(), OutputFiles(), Params(fromdict={{"word": "said"}}), Wildcards()
    errors = []
    def execute():
        try:
            execution.execute("{folder}/job", *files, 1, ResourceList(), Log(["the.log"]), {{}}, "rule")
        except execution.JobError as error:
            errors.append(str(error))
    for number in (signal.SIGTERM, signal.SIGINT):  # as Snakemake, which runs jobs in threads and waits for them
        signal.signal(number, lambda *_: None)
    execution.pass_on_signals()
    job = threading.Thread(target=execute)
    job.start()
    job.join()
    sys.exit("".join(errors) or 0)
"""
STOPPED_JOB = """
    import time
    try:
        open("pid", "w").write("here")
        time.sleep(600)
    except SystemExit:
        time.sleep(1)  # while it saves, nothing disturbs it
        open("saved", "w").write("all")
        raise
"""


@pytest.fixture
def start(tmp_path):
    """A process that runs the given script as a job. hangup: what it does on SIGHUP when it starts, as under nohup."""

    def process(script, hangup=signal.SIG_DFL):
        (tmp_path / "job.py").write_text(textwrap.dedent(script))
        words = [sys.executable, "-c", textwrap.dedent(START.format(folder=tmp_path))]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        pipes = {"stderr": subprocess.PIPE, "text": True, "start_new_session": True}
        before = signal.signal(signal.SIGHUP, hangup)
        try:
            return subprocess.Popen(words, cwd=tmp_path, env=environment, **pipes)
        finally:
            signal.signal(signal.SIGHUP, before)

    return process


def wait_for(file, run):
    end = time.monotonic() + 60
    while not file.exists() or not file.read_text():
        assert run.poll() is None and time.monotonic() < end
        time.sleep(0.05)


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


@pytest.mark.parametrize(
    "script, asked",
    [
        ("import numpy; numpy.zeros(10**15)", "Unable to allocate 7.11 PiB"),
        ("raise RuntimeError('[alloc] DefaultCPUAllocator: can\\'t allocate memory: 9 bytes')", "9 bytes"),
    ],
    ids=["numpy", "torch"],
)
def test_a_want_of_memory_is_one_line(start, script, asked):
    error = start(script).communicate(timeout=60)[1]
    assert "out of memory: " in error and asked in error and "the machine has" in error
    assert "Lower `batch` or `image_size`, or run fewer jobs at once" in error and "Traceback" not in error


@pytest.mark.parametrize("number", STOPS)
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the run", "to all its processes"])
def test_a_run_that_is_asked_to_stop_asks_its_jobs_and_waits_for_them(start, tmp_path, number, send):
    run = start(STOPPED_JOB)
    wait_for(tmp_path / "pid", run)
    send(run.pid, number)
    time.sleep(0.2)
    send(run.pid, number)  # an impatient user
    error = run.communicate(timeout=60)[1]
    assert run.returncode == 1 and "stopped; the same command goes on from here; exit status 143" in error
    assert (tmp_path / "saved").read_text() == "all"


def test_under_nohup_a_run_and_its_jobs_outlive_the_terminal(start, tmp_path):
    script = "import os, time; open('pid', 'w').write('here'); time.sleep(2); open('output', 'w').write('all')"
    run = start(script, signal.SIG_IGN)
    wait_for(tmp_path / "pid", run)
    os.killpg(run.pid, signal.SIGHUP)
    run.communicate(timeout=60)
    assert run.returncode == 0 and (tmp_path / "output").read_text() == "all"


def test_a_job_ends_when_its_run_is_killed(start, tmp_path):
    run = start("import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)")
    wait_for(tmp_path / "pid", run)
    job = Path("/proc", (tmp_path / "pid").read_text(), "stat")
    assert job.exists()
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=60)
    end = time.monotonic() + 60
    while job.exists() and job.read_text().rpartition(")")[2].split()[0] not in "ZX":
        assert time.monotonic() < end, "the job goes on"
        time.sleep(0.05)
