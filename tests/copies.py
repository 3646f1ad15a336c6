"""Copies of the repository's code that a test may edit."""

import shutil

from runs import ROOT

from workflow.code_identity import PACKAGES

RUNS = (*PACKAGES, "config", "paper", "profiles", "Snakefile", "environment.yml", "pyproject.toml")
"""What a run needs of the repository."""


def copied(folder, names=PACKAGES):
    """Copy parts of the repository to a folder, another one for every edit: code is read once per process."""
    folder.mkdir(parents=True)
    for name in names:
        part = ROOT / name
        if part.is_dir():
            shutil.copytree(part, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(part, folder / name)
    return folder


def edit(root, file, old, new):
    """Replace the one `old` in a file."""
    text = (root / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} holds {text.count(old)} of {old!r}"
    (root / file).write_text(text.replace(old, new), encoding="utf-8")
