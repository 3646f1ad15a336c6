"""`make env` with a stand-in for Python that notes its calls instead of installing anything."""

import os
import shutil
import subprocess

import pytest
from runs import ROOT

PYTHON = """#!/bin/sh
echo "$*" >> calls
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python";;
    *--editable*) sleep 0.5;;
    *"pip config get global.index-url"*) echo https://mirror;;
    *"uv pip install"*) echo "index $UV_DEFAULT_INDEX" >> calls; [ ! -e no-uv ];;
esac
"""


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def start(folder, python="./python"):
    command = ["make", "env", f"PYTHON={python}"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def made(folder):
    """How often an environment was made."""
    return (folder / "calls").read_text().count("-m venv")


@pytest.mark.skipif(not shutil.which("flock"), reason="no flock")
def test_two_at_once_build_one_environment_and_say_how_to_use_it(folder):
    for process in [start(folder, "missing ./python"), start(folder, "missing ./python")]:
        output, _ = process.communicate()
        assert process.returncode == 0 and f"source {folder}/.venv/bin/activate" in output
    assert made(folder) == 1


def test_a_half_made_environment_is_built_again_from_nothing(folder):
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/rest").touch()
    assert start(folder).wait() == 0 and not (folder / ".venv/rest").exists()
    assert start(folder).wait() == 0 and made(folder) == 1


def test_warnings_of_pip_are_hidden(folder):
    assert start(folder).wait() == 0
    calls = [line for line in (folder / "calls").read_text().splitlines() if "-m pip install" in line]
    assert calls and all("--quiet --quiet" in line for line in calls)


@pytest.mark.parametrize("there", [True, False])
def test_uv_installs_from_where_pip_would_and_pip_where_uv_cannot(folder, there, monkeypatch):
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    if not there:
        (folder / "no-uv").touch()
    assert start(folder).wait() == 0
    calls = (folder / "calls").read_text()
    assert "index https://mirror\n" in calls
    by_pip = "-m pip install --quiet --quiet --disable-pip-version-check --requirement requirements.lock\n"
    assert (by_pip not in calls) == there


def test_without_a_suitable_python_one_line_names_the_cure(folder):
    (folder / "old").write_text("#!/bin/sh\nexit 1\n")
    (folder / "old").chmod(0o755)
    process = start(folder, "./old missing")
    output, _ = process.communicate()
    assert process.returncode != 0 and "make PYTHON=/path/to/python" in output and not (folder / ".venv").exists()


@pytest.mark.parametrize("environment", [True, False])
def test_a_gpu_is_checked_by_the_environment_or_by_what_is_there(folder, environment, monkeypatch):
    place = folder / (".venv/bin/python" if environment else "bin/python3")
    place.parent.mkdir(parents=True)
    shutil.copy(folder / "python", place)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
    subprocess.run(["make", "gpu-check"], cwd=folder, check=True)
    assert (folder / "calls").read_text() == "-m benchmarks.gpu_check --save results/benchmark\n"
