"""The container recipes: both take the same steps, which install what `make env` installs, with all that a run needs.

No container is built here. Their install steps are run in a folder with what they copy and a stand-in for Python, as
those of the Makefile are in test_makefile.
"""

import json
import os
import re
import shlex
import shutil
import subprocess

import pytest
from copies import RUNS
from runs import ROOT, SMOKE, planned
from test_makefile import PYTHON

DOCKERFILE = (ROOT / "Dockerfile").read_text()
APPTAINER = (ROOT / "apptainer.def").read_text()
BASE = "python:3.11-slim"


def section(name):
    """The lines of a section of apptainer.def."""
    text = re.search(rf"^%{name}\n(.*?)(?=^%|\Z)", APPTAINER, re.DOTALL | re.MULTILINE)[1]
    return [line.strip() for line in text.splitlines() if line.strip()]


def instructions(name):
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)


def copied():
    """Recipe -> {file or folder of the repository: where it lies in the image}."""
    docker = {}
    for line in instructions("COPY"):
        *names, place = line.split()
        docker |= {name: place + name if place.endswith("/") else place for name in names}
    return {"Dockerfile": docker, "apptainer.def": dict(line.split() for line in section("files"))}


def test_both_recipes_take_the_same_steps():
    assert instructions("RUN") == section("post")
    assert copied()["Dockerfile"] == copied()["apptainer.def"]
    assert [f"PATH={instructions('ENV')[-1].removeprefix('PATH=')}"] == [section("environment")[0].split()[1]]
    command = json.loads(instructions("ENTRYPOINT")[0])
    assert shlex.split(section("runscript")[0]) == ["exec", *command, "$@"]
    assert f"From: {BASE}\n" in APPTAINER and f"FROM {BASE} AS cpu\n" in DOCKERFILE


def test_the_device_is_a_build_argument():
    default = re.search(r"^ARG DEVICE=(\w+)$", DOCKERFILE, re.MULTILINE)[1]
    stages = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE)
    assert stages == ["cpu", "cuda"] and default == "cpu" and instructions("FROM")[-1] == "${DEVICE}"
    assert "NVIDIA_VISIBLE_DEVICES=all" in DOCKERFILE.split("AS cuda\n")[1].split("FROM")[0]


@pytest.mark.parametrize("recipe", ["Dockerfile", "apptainer.def"])
def test_the_install_steps_are_those_of_the_makefile(recipe, tmp_path):
    steps = {"Dockerfile": instructions("RUN"), "apptainer.def": section("post")}[recipe]
    system, *rest = steps
    assert system.startswith("apt-get ") and "make" in system.split() and "gcc" in system.split()
    calls = []
    for name, commands in (("image", rest), ("makefile", ["cd /dakpn && make env"])):
        folder = tmp_path / name
        folder.mkdir()
        for file in copied()[recipe]:
            if (ROOT / file).is_file():
                shutil.copy(ROOT / file, folder)
        (tmp_path / "bin").mkdir(exist_ok=True)
        python = tmp_path / "bin/python3.11"
        python.write_text(PYTHON)
        python.chmod(0o755)
        around = os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
        for command in commands:
            subprocess.run(["sh", "-ec", command.replace("/dakpn", str(folder))], env=around, check=True)
        calls.append((folder / "calls").read_text())
    assert calls[0] == calls[1] and "--requirement requirements.lock" in calls[0] and "--editable ." in calls[0]


@pytest.mark.slow
def test_what_is_copied_is_enough_to_plan_a_run_in_another_folder(tmp_path):
    files = copied()["Dockerfile"]
    assert {*RUNS, "requirements.lock", "Makefile"} <= set(files)
    for name, place in files.items():
        assert place == f"/dakpn/{name}"
        target = tmp_path / "dakpn" / name
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, target)
    (tmp_path / "runs").mkdir()
    jobs = planned(tmp_path / "runs", "all", config=tmp_path / "dakpn/config" / SMOKE.name, root=tmp_path / "dakpn")
    assert jobs["report"] == 1 and jobs["segmenter"] > 1
