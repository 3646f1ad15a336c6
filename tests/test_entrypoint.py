import subprocess
import sys
from pathlib import Path

import pytest

from workflow.entrypoint import separate_targets, working_directory


@pytest.mark.parametrize(
    "given, expected",
    [
        ("--cores 8 --resources gpu=1 all", "--cores 8 --resources gpu=1 -- all"),
        (
            "--cores 8 --resources gpu=1 mem_mb=100 table1 table2",
            "--cores 8 --resources gpu=1 mem_mb=100 -- table1 table2",
        ),
        ("--config run=x seeds=[1,2] report", "--config run=x seeds=[1,2] -- report"),
        ("--set-resources train:gpu=1 all", "--set-resources train:gpu=1 -- all"),
        ("--rerun-triggers mtime params table3", "--rerun-triggers mtime params -- table3"),
        ("--quiet rules table3", "--quiet rules -- table3"),
        ("--cores 8 --resources gpu=1 all -n", "--cores 8 --resources gpu=1 -n -- all"),
        (
            "--resources gpu=1 all --cores 8 --config run=x table1",
            "--resources gpu=1 --cores 8 --config run=x -- all table1",
        ),
    ],
)
def test_targets_after_an_option_with_many_values_are_separated(given, expected):
    assert separate_targets(given.split()) == expected.split()


@pytest.mark.parametrize(
    "given",
    [
        "",
        "all",
        "all --cores 8 --resources gpu=1",
        "--cores 8 --resources gpu=1 -- all",
        "--resources gpu=1 --cores 8 all",
        "--cores 8 --resources=gpu=1 all",
        "--cores 8 -n",
        "--quiet all",
        "--configfile config/smoke.yaml table1",
    ],
)
def test_everything_else_passes_through_untouched(given):
    assert separate_targets(given.split()) == given.split()


def test_the_installed_command_is_this_one():
    command = f"{sys.prefix}/bin/snakemake"
    with open(command, encoding="utf-8") as script:
        assert "workflow.entrypoint" in script.read(), "a later installation of snakemake replaced it: run `make` again"
    found = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert found.stdout[0].isdigit()


@pytest.mark.parametrize(
    "given, expected",
    [("--cores 8 all", "."), ("--directory x all", "x"), ("-d x/y", "x/y"), ("all --directory=x y --cores 1", "x")],
)
def test_the_folder_of_a_run_is_found(given, expected):
    assert working_directory(given.split()) == Path(expected)
