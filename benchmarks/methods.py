"""One training iteration and one translation of every method with official code, at its own widths."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any
from unittest import mock

import torch

from baselines import METHODS
from baselines.cut import CUT
from baselines.drit import DRIT
from baselines.pooled_gan import PooledGAN
from baselines.vsait import VSAIT
from benchmarks import plain
from benchmarks.comparison import Row, alone, beside_literal, seconds
from benchmarks.iteration import PART, Shapes, iteration, mapped_views, untrained
from benchmarks.shares import shares
from dakpn.efficiency.computation import PAPER_SEGMENTER
from dakpn.translation.batch import Batch

PLAIN: dict[str, tuple[type, str, Callable[..., Any]]] = {
    "drit": (DRIT, "generator_losses", plain.drit_losses),
    "cut": (CUT, "passes", plain.cut_passes),
    "fastcut": (CUT, "passes", plain.cut_passes),
    "gcgan": (PooledGAN, "training_step", plain.pooled_training_step),
    "srunit": (CUT, "passes", plain.cut_passes),
    "cyclegan": (PooledGAN, "training_step", plain.pooled_training_step),
    "mct": (PooledGAN, "training_step", plain.pooled_training_step),
    "vsait": (VSAIT, "generator_losses", plain.vsait_losses),
}
"""What a plain reading of a method's code has in the place of a function of ours."""


def method_rows(
    size: int = 256, *, sections: Mapping[str, dict[str, Any]] | None = None, repeats: int, device: torch.device
) -> Iterable[Row]:
    """Two rows per method, for crops and images of one side and batches of one; sections: settings besides.

    The iteration stands beside the plain one; its shares are of one more iteration under the profiler.
    """
    sections = sections or {"vsait": {"weights": "none"}}
    with mapped_views(Shapes(image=(size, size), low=(48, 80), images=8)) as views:
        for name in PLAIN:
            section = {"crop": size, "batch": 1} | sections.get(name, {})
            ours, other = (untrained(name, section, PAPER_SEGMENTER, views, device) for _ in range(2))
            step = iteration(ours, views, device)
            label = f"{METHODS[name].label}, {size}x{size}"
            (row,) = beside_literal(
                PART,
                # Ours runs once more, at the start.
                _seeded(plainly(name, lambda method=other: iteration(method, views, device)), 1),
                {f"{label}, beside its own code's iteration": _seeded(step, 0)},
                repeats=repeats,
                device=device,
            )
            yield replace(row, **shares(step, ours.networks(), device))
            batch = Batch(("random",), torch.rand(1, 3, size, size, device=device))
            values = seconds(lambda method=ours, batch=batch: method.translate(batch), repeats=repeats, device=device)
            yield alone("translation", f"{label}, one image", values)


def plainly(name: str, start: Callable[[], Callable[[], object]]) -> Callable[[], object]:
    """A step that starts and runs in its plain form."""

    def run() -> None:
        with mock.patch.object(*PLAIN[name]):
            step()

    with mock.patch.object(*PLAIN[name]):
        step = start()
    return run


def _seeded(step: Callable[[], object], first: int) -> Callable[[], object]:
    """With a seed per call: what is drawn decides how many layers FastCUT and SRUNIT compute."""
    seeds = count(first)

    def run() -> None:
        torch.manual_seed(next(seeds))
        step()

    return run
