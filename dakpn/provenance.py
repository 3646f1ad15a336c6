"""Where numbers come from: code, versions, machine, seeds, configuration."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = "torch torchvision snakemake numpy pandas scipy pillow torchmetrics matplotlib safetensors".split()


def provenance(repository: str | Path, run: str, **facts: Any) -> dict[str, Any]:
    """The record that lies beside every run's results: its name, the code's commit and versions, and `facts`.

    repository: folder of the code; outside version control commit is empty.
    """
    return {
        "run": run,
        "commit": _git(repository, "rev-parse", "HEAD"),
        "dirty": bool(_git(repository, "status", "--porcelain", "--untracked-files=no")),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        **facts,
    }


def machine_facts(devices: Iterable[str], blurs: Iterable[str]) -> dict[str, Any]:
    """Processor, cores and memory of the machine this process runs on, the devices that jobs computed on, and the
    implementations of the blur that computed there.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "name": ", ".join(dict.fromkeys(devices)),
        "blur": ", ".join(dict.fromkeys(name for names in blurs for name in names.split())),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": platform.platform(),
    }


def cpu_model() -> str:
    """The name of the processor, of its architecture where the system tells no name."""
    facts = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*:(.*)", facts.read_text(), re.MULTILINE) if facts.exists() else None
    return model[1].strip() if model else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _git(repository: str | Path, *arguments: str) -> str:
    try:
        command = ["git", "-C", repository, *arguments]
        return subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True).strip()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return ""
