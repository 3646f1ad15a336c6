"""A second command keeps away from a living run, and a killed run leaves nothing behind. Real runs of one slow job."""

import os
import signal
import subprocess
import sys
import time

import pytest
from runs import COMMAND, ROOT

from workflow.run_lock import hold

SNAKEFILE = """
from workflow.run_lock import hold
onstart: hold("results")
rule slow:
    output: "slow.txt"
    shell: "touch started; for i in $(seq 400); do if [ -e go ]; then break; fi; sleep 0.1; done; touch {output}"
"""


@pytest.fixture
def start(tmp_path):
    """Start a run in a fresh folder, or another command beside it; all end with the test."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    running = []

    def process(*arguments, command=(COMMAND,)):
        running.append(
            subprocess.Popen(
                [*command, "--cores", "1", "--nolock", "--rerun-incomplete", *arguments],
                cwd=tmp_path,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        )
        return running[-1]

    yield process
    for one in running:
        if one.poll() is None:
            os.killpg(one.pid, signal.SIGKILL)


def wait_for(file):
    end = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < end, f"{file} did not appear"
        time.sleep(0.05)


@pytest.mark.parametrize("command", [(COMMAND,), (sys.executable, "-m", "snakemake")])
def test_a_second_command_names_the_living_run_and_leaves_it_alone(start, tmp_path, command):
    living = start()
    wait_for(tmp_path / "started")
    second = start(command=command)
    assert f"ERROR: results: process {living.pid} works on this run" in second.communicate(timeout=60)[0]
    assert second.returncode
    dry = start("-n", command=command)
    assert "slow" in dry.communicate(timeout=60)[0] and dry.returncode == 0
    (tmp_path / "go").touch()
    assert living.wait(60) == 0 and (tmp_path / "slow.txt").exists()


def test_after_a_kill_the_same_command_continues(start, tmp_path):
    killed = start()
    wait_for(tmp_path / "started")
    os.killpg(killed.pid, signal.SIGKILL)  # not waited for: a zombie holds nothing
    (tmp_path / "go").touch()
    again = start()
    assert again.wait(60) == 0, again.stdout.read()
    assert (tmp_path / "slow.txt").exists()


def test_a_process_can_work_on_two_runs(tmp_path):
    for run in ("first", "second"):
        hold(tmp_path / run)
    with pytest.raises(SystemExit, match=f"first: process {os.getpid()} works on this run"):
        hold(tmp_path / "first")
