"""One training iteration of DA-KPN at the paper's shapes, literal and ours, and where its time goes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import torch
from torch import nn

from baselines import METHODS
from benchmarks.comparison import Row, alone, beside_literal, seconds
from benchmarks.literal import unfolded_blur
from dakpn.efficiency.computation import PAPER_CLASSES, PAPER_SEGMENTER, build_translator
from dakpn.model.dakpn import DAKPN
from dakpn.model.discriminator import PatchDiscriminator
from dakpn.model.kernels import Kernels
from dakpn.model.losses import AdversarialLosses
from dakpn.model.patches import PatchBatches
from dakpn.model.transforms import fixed_noise, translate
from dakpn.segmentation.contract import SegmenterConfig
from dakpn.translation.instances import Instance, resolve
from dakpn.translation.translator import Translator

PART = "training iteration"
RELEASED = {"update": "reversal", "joint_batches": False, "real_low": False, "encoder_mode": "training"}
"""Settings under which DA-KPN trains as the released code does."""


OFFLINE = {"vsait": {"weights": "none"}}
"""Settings of methods that would download weights."""


def computing_methods() -> dict[str, Instance]:
    """Every method of the registry that is trained or computed, by name, at the paper's settings but for OFFLINE."""
    names = [name for name in METHODS if not getattr(METHODS[name], "images_only", False)]
    found = {name: resolve(name, OFFLINE, METHODS) for name in names}
    return {name: method for name, method in found.items() if method.trained}


class Shapes(NamedTuple):
    """Sizes of one iteration; the defaults are the paper's (3.3). images: per side; width: of the discriminator."""

    batch: int = 8
    grid: int = 8
    image: tuple[int, int] = (720, 1280)
    low: tuple[int, int] = (96, 160)
    images: int = 64
    encoder: SegmenterConfig = PAPER_SEGMENTER
    width: int = 64


PAPER = Shapes()


@dataclass(frozen=True)
class ArrayView:
    """The arrays of a view that training reads."""

    images: np.ndarray
    low: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


@contextmanager
def mapped_views(shapes: Shapes) -> Iterator[tuple[ArrayView, ArrayView]]:
    """Source and target of random images, memory-mapped from a temporary folder as a run's views are."""
    with TemporaryDirectory() as folder:
        random = np.random.default_rng(0)

        def mapped(name: str, size: tuple[int, int]) -> np.ndarray:
            path = Path(folder) / f"{name}.npy"
            np.save(path, random.integers(0, 256, (shapes.images, *size, 3), dtype=np.uint8))
            return np.load(path, mmap_mode="r")

        yield tuple(
            ArrayView(mapped(f"{side}-images", shapes.image), mapped(f"{side}-low", shapes.low))
            for side in ("source", "target")
        )


def section_of(shapes: Shapes) -> dict[str, Any]:
    """Settings of DA-KPN for the shapes."""
    return {"batch": shapes.batch, "grid": shapes.grid, "discriminator_width": shapes.width}


def untrained(
    name: str, section: dict[str, Any], encoder: SegmenterConfig, views: tuple[Any, Any], device: torch.device
) -> Translator:
    """The method `name` with the settings of `section`, for images of the views' sizes."""
    method = resolve(name, {name: section}, METHODS)
    torch.manual_seed(0)
    return build_translator(
        method.translator,
        method.translator.Config(**method.settings),
        encoder=encoder,
        image_size=views[0].images.shape[1:3],
        low_size=views[0].low.shape[1:3],
    ).to(device)


def iteration(translator: Translator, views: tuple[Any, Any], device: torch.device) -> Callable[[], object]:
    """The last of its iterations: some methods begin with cheaper ones."""
    step, _ = translator.training_step(*views, seed=0, device=device)
    return lambda: step(translator.config.iterations - 1)


def _literally(step: Callable[[], object]) -> Callable[[], object]:
    def run() -> None:
        with mock.patch("dakpn.model.transforms.local_gaussian_blur", unfolded_blur):
            step()

    return run


def iteration_rows(shapes: Shapes = PAPER, *, repeats: int, device: torch.device) -> list[Row]:
    """DA-KPN's iteration against its literal forms, in half precision, and where its time goes.

    Two literal forms: ours with the literal blur and nothing else changed, and the released code's iteration (RELEASED,
    literal blur, the encoder run on every batch). Ours reads logits that were computed once, before the first
    iteration; their price is a row of its own.
    """
    section = section_of(shapes)
    with mapped_views(shapes) as views:

        def step(**changes: Any) -> Callable[[], object]:
            return iteration(untrained("dakpn-s", section | changes, shapes.encoder, views, device), views, device)

        own = step()
        rows = []
        for literal, name in (
            (_literally(own), "DA-KPN, beside the same with the literal blur"),
            (_literally(step(**RELEASED)), "DA-KPN, beside the released code's iteration"),
        ):
            rows += beside_literal(PART, literal, {name: own}, repeats=repeats, device=device)
        half = seconds(step(precision="bfloat16"), repeats=repeats, device=device)
        rows.append(alone(PART, "DA-KPN, discriminator in bfloat16", half))
        rows += _breakdown(shapes, views, rows[0].value, repeats=max(5, repeats), device=device)
    return rows


def _breakdown(
    shapes: Shapes, views: tuple[ArrayView, ArrayView], whole: float, *, repeats: int, device: torch.device
) -> list[Row]:
    """The parts of an iteration, each timed by itself, as percentages of the whole."""
    batches = PatchBatches(*views, batch=shapes.batch, grid=shapes.grid, seed=0, device=device, low=True)
    batch = batches.next()
    size = batch.cells[0].size
    noise, low_noise = (fixed_noise(*own, seed=0).to(device) for own in (size, shapes.low))
    theta = Kernels.identity(shapes.batch, *shapes.low, device=device)
    theta = torch.cat(theta._replace(sigma=theta.sigma + 0.25), dim=1).requires_grad_()

    def translation_function() -> None:
        low = translate(batch.low, Kernels.from_channels(theta), low_noise)
        cells = torch.stack([cell.cut_low(own) for cell, own in zip(batch.cells, theta, strict=True)])
        patch = translate(batch.patch, Kernels.from_channels(cells).resize(size), noise)
        (low.mean() + patch.mean()).backward()

    shift = nn.Conv2d(3, 3, 1, groups=3).to(device)
    losses = AdversarialLosses(
        shift,
        PatchDiscriminator(shapes.width).to(device),
        update="simultaneous",
        joint_batches=True,
        precision="float32",
    )

    def discriminator() -> None:
        losses.gradients(shift(batch.patch), shift(batch.low), batch)

    parts = {
        "waiting for data": batches.next,
        "T, forward and backward": translation_function,
        "discriminator and losses, both updates": discriminator,
    }
    rows = []
    for name, call in parts.items():
        shares = [100 * value / whole for value in seconds(call, repeats=repeats, device=device)]
        rows.append(alone(PART, f"DA-KPN, {name}", shares, "% of the iteration"))
    return rows


def logits_row(shapes: Shapes = PAPER, *, repeats: int, device: torch.device) -> Row:
    """The price of the logits that training reads: the frozen encoder on one low-resolution image, once per image."""
    encoder = (
        build_translator(
            DAKPN,
            DAKPN.Config(),
            encoder=shapes.encoder,
            image_size=shapes.image,
            low_size=shapes.low,
            num_classes=PAPER_CLASSES,
        )
        .to(device)
        .encoder
    )
    low = torch.rand(shapes.batch, 3, *shapes.low, device=device)
    with torch.no_grad():
        values = seconds(lambda: encoder.coarse(low), repeats=repeats, device=device)
    return alone(PART, "logits of one image, computed once per run", [value / shapes.batch for value in values])
