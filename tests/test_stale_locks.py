"""Locks of dead runs go, those of living runs stay."""

import subprocess
import sys

import pytest

from workflow.stale_locks import cleared


@pytest.fixture
def home(tmp_path):
    locks = tmp_path / ".snakemake/locks"
    locks.mkdir(parents=True)
    for name in ("0.input.lock", "0.output.lock"):
        (locks / name).touch()
    return tmp_path


def locks(home):
    return sorted(path.name for path in (home / ".snakemake/locks").iterdir())


def test_locks_of_a_dead_run_are_removed_and_named(home, capsys):
    with cleared(home) as removed:
        assert [path.name for path in removed] == ["0.input.lock", "0.output.lock"]
    assert locks(home) == [] and "killed" in capsys.readouterr().err


def test_locks_of_a_living_run_stay_until_it_is_killed(home):
    code = (
        "import sys, time; from workflow.stale_locks import cleared\n"
        "with cleared(sys.argv[1]):\n"
        "    open(sys.argv[1] + '/.snakemake/locks/1.input.lock', 'w').close()\n"
        "    print('alive', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "alive\n"
    with cleared(home) as removed:
        assert removed == [] and locks(home) == ["1.input.lock"]
    other.kill()
    other.wait()
    with cleared(home) as removed:
        assert len(removed) == 1


def test_two_runs_may_be_alive_at_once(home):
    with cleared(home), cleared(home) as removed:
        assert removed == []


def test_a_folder_without_a_run_is_left_alone(tmp_path):
    with cleared(tmp_path) as removed:
        assert removed == []
    assert not list(tmp_path.iterdir())
