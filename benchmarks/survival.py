"""What it costs that runs survive: checkpoints as a share of a training's time, the lease of a GPU of a job's."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.comparison import Row, alone, seconds
from benchmarks.iteration import PAPER, Shapes, mapped_views, section_of, untrained
from dakpn.training import checkpoint, leases
from dakpn.training.loop import SHARE, Run

PART = "survival"
JOB = 10.0
"""Seconds of a short job of the default run."""


def survival_rows(
    shapes: Shapes = PAPER, *, cyclegan: Mapping[str, Any] = {"crop": 256}, repeats: int, device: torch.device
) -> list[Row]:
    """Percentages of the time: checkpoints of DA-KPN and CycleGAN at their own widths, with the moments of their
    optimisers, as often as a training writes them, and one lease of a free device in a job of JOB seconds.

    cyclegan: settings of the latter.
    """
    rows = []
    sections = {"dakpn-s": section_of(shapes), "cyclegan": {"batch": 1, **cyclegan}}
    with mapped_views(shapes) as views, TemporaryDirectory() as folder:
        for name, section in sections.items():
            translator = untrained(name, section, shapes.encoder, views, device)
            step, state = translator.training_step(*views, seed=0, device=device)
            step(0)
            path = Path(folder, f"{name}.pt")

            def save(path: Path = path, state: dict[str, Any] = state) -> None:
                checkpoint.save(path, {"state": {key: part.state_dict() for key, part in state.items()}})

            taken = seconds(save, repeats=repeats, device=torch.device("cpu"))
            shares = [100 * value / max(Run.checkpoint_seconds, SHARE * value) for value in taken]
            size = path.stat().st_size / 1e6
            rows.append(alone(PART, f"checkpoints of {name}, {size:.0f} MB each", shares, "% of the time"))
        places = iter(range(repeats + 1))
        leased = seconds(
            lambda: leases.lease(["invented"], Path(folder, str(next(places)))),
            repeats=repeats,
            device=torch.device("cpu"),
        )
        rows.append(
            alone(PART, "lease of a device", [100 * value / JOB for value in leased], f"% of a job of {JOB:.0f} s")
        )
    return rows
