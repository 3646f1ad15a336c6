"""Locks of killed runs go; those of living runs and of unknown ones stay. Real runs of a workflow with one slow job."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from runs import COMMAND, ROOT

from workflow.stale_locks import machine, remove_stale, start_time

SNAKEFILE = """
rule slow:
    output: "slow.txt"
    shell: "touch started; for i in $(seq 400); do if [ -e go ]; then break; fi; sleep 0.1; done; touch {output}"
"""
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
OWN, PLAIN = [COMMAND], [sys.executable, "-m", "snakemake"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    running = []
    yield Folder(tmp_path, running)
    for process in running:
        with suppress(ProcessLookupError):  # its jobs may outlive it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Folder:
    """A fresh working directory, and the runs in it that are ended after the test."""

    def __init__(self, path, running):
        self.path, self.running = path, running

    def start(self, command):
        """Start a run that locks the folder and waits in its job."""
        process = subprocess.Popen(
            [*command, "--cores", "1", "slow"],
            cwd=self.path,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.running.append(process)
        self.wait_for("started")
        assert self.locks()
        return process

    def wait_for(self, name):
        end = time.monotonic() + 60
        while not (self.path / name).exists():
            assert time.monotonic() < end, f"{name} did not appear"
            time.sleep(0.05)

    def finish(self, process):
        """Let the job end; the run must end well."""
        (self.path / "go").touch()
        assert process.wait(60) == 0 and (self.path / "slow.txt").exists()

    def run(self, *arguments):
        done = subprocess.run(
            [*OWN, *arguments], cwd=self.path, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def locks(self):
        """Name and inode: a lock that was removed and made again is another one."""
        return sorted((path.name, path.stat().st_ino) for path in self.path.glob(".snakemake/locks/*.lock"))

    def owners(self):
        return list(self.path.glob(".snakemake/owners/*"))

    def remove_stale(self, capsys):
        """What a command prints when it is about to read the locks."""
        remove_stale.__wrapped__(self.path / ".snakemake/locks")
        return capsys.readouterr().err


def test_a_living_run_in_a_fresh_folder_keeps_its_locks(folder):
    living = folder.start(OWN)
    locks = folder.locks()
    for arguments in (["--version"], ["-n", "slow"], ["--cores", "1", "slow"]):
        code, output = folder.run(*arguments)
        assert folder.locks() == locks and "removed the locks" not in output and "unknown" not in output
    assert code != 0 and "cannot be locked" in output
    folder.finish(living)
    assert not folder.locks() and not folder.owners()


def test_after_a_kill_the_same_command_continues(folder):
    killed = folder.start(OWN)
    os.killpg(killed.pid, signal.SIGKILL)  # not waited for: a zombie is dead as well
    assert folder.locks()
    (folder.path / "go").touch()
    code, output = folder.run("--cores", "1", "--rerun-incomplete", "slow")
    assert code == 0 and f"removed the locks of process {killed.pid}" in output
    assert not folder.locks() and not folder.owners()


def test_locks_that_another_command_made_stay_beside_a_dead_owner_of_the_same_names(folder):
    killed = folder.start(OWN)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    (folder.path / "started").unlink()
    shutil.rmtree(folder.path / ".snakemake/locks")  # as `snakemake --unlock` does
    living = folder.start(PLAIN)
    locks = folder.locks()
    code, output = folder.run("--cores", "1", "slow")
    assert code != 0 and "owner is unknown" in output and "snakemake --unlock" in output
    assert folder.locks() == locks and not folder.owners()
    folder.finish(living)


@pytest.mark.parametrize(
    "place, start, removed", [("here", "another", True), ("here", "its own", False), ("there", "another", False)]
)
def test_an_owner_is_dead_only_where_its_process_id_tells(folder, capsys, place, start, removed):
    """A recycled process id: a living process has it that started at another time."""
    began = start_time(os.getpid())
    start = began if start == "its own" else str(int(began) - 1)
    place = machine() if place == "here" else f"elsewhere_{machine()}"
    owner = folder.path / ".snakemake/owners" / f"{place}_{os.getpid()}_{start}"
    owner.mkdir(parents=True)
    (owner / "0.output.lock").write_text("slow.txt\n")
    (folder.path / ".snakemake/locks").mkdir()
    (folder.path / ".snakemake/locks/0.output.lock").hardlink_to(owner / "0.output.lock")
    assert ("removed the locks" in folder.remove_stale(capsys)) == removed
    assert bool(folder.locks()) != removed and owner.exists() != removed
