"""Lint is a test: the same commands as `make lint`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.prefix) / "bin"


@pytest.mark.parametrize(
    "command",
    [
        [BIN / "ruff", "check", "."],
        [BIN / "ruff", "format", "--check", "."],
        [BIN / "snakefmt", "--check", "Snakefile", "workflow"],
        [BIN / "snakemake", "--lint"],
    ],
    ids=["ruff check", "ruff format", "snakefmt", "snakemake --lint"],
)
def test_code_is_clean(command):
    found = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
