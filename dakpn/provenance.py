"""Where numbers come from: code, versions, machine, seeds, configuration."""

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = "torch torchvision snakemake numpy pandas scipy pillow torchmetrics matplotlib safetensors".split()


def provenance(
    repository: str | Path,
    *,
    run: str,
    config: Mapping[str, Any],
    device: Mapping[str, Any],
    budgets: Sequence[Mapping[str, Any]],
    data: Mapping[str, str],
    passports: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The record that lies beside every run's results.

    repository: folder of the code, for its commit; outside version control commit is empty. device: facts of the
    machine. budgets: what each method was given. data: view -> hash of its index, which holds the hash of every image.
    passports: part of a task -> hash of the passport of its data set.
    """
    return {
        "run": run,
        "commit": _git(repository, "rev-parse", "HEAD"),
        "dirty": bool(_git(repository, "status", "--porcelain", "--untracked-files=no")),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "device": dict(device),
        "seeds": list(config["seeds"]),
        "config": dict(config),
        "budgets": list(budgets),
        "data": dict(data),
        "passports": dict(passports or {}),
    }


def machine_facts(devices: Iterable[str]) -> dict[str, Any]:
    """Processor, cores and memory of the machine this process runs on, and the devices that jobs computed on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "name": ", ".join(dict.fromkeys(devices)),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": platform.platform(),
    }


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _git(repository: str | Path, *arguments: str) -> str:
    try:
        process = subprocess.run(
            ["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return process.stdout.strip() if process.returncode == 0 else ""
