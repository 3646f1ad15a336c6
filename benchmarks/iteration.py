"""What one training iteration of DA-KPN costs, with the literal blur and with ours, and the baselines' beside it.

The literal form materialises 625 weights per value, as the released code does; everything else of the iteration is the
same code on both sides. Wall seconds, medians; the two forms take turns, so that a machine that slows down slows both.
"""

import statistics
import time
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch

from baselines import METHODS
from benchmarks.operator import Row
from dakpn.config import Segmenter
from dakpn.segmentation.networks import build_segmenter
from tests.literal import unfolded_blur


class Views(SimpleNamespace):
    """Random images in the shape of a view, at the paper's sizes."""

    def __init__(self, count: int, image_size: tuple[int, int], low_size: tuple[int, int], seed: int) -> None:
        random = np.random.default_rng(seed)
        super().__init__(
            images=random.integers(0, 256, (count, *image_size, 3), dtype=np.uint8),
            low=random.integers(0, 256, (count, *low_size, 3), dtype=np.uint8),
        )

    def __len__(self) -> int:
        return len(self.images)


def _step(name: str, section: dict, image_size: tuple[int, int], low_size: tuple[int, int]):
    method = METHODS[name]
    torch.manual_seed(0)
    small = Segmenter(network="small", width=16, iterations=1)
    encoder = build_segmenter(small, 19).eval() if method.encoder else None
    translator = method(
        method.Config(**section), image_size=image_size, low_size=low_size, num_classes=19, encoder=encoder
    )
    views = (Views(8, image_size, low_size, seed) for seed in (0, 1))
    return translator.training_step(*views, seed=0, device="cpu")[0]


def _seconds(step) -> float:
    began = time.perf_counter()
    step(0)
    return time.perf_counter() - began


def iteration_rows(*, repeats: int = 3) -> list[Row]:
    """DA-KPN at the paper's shapes (batch 8, 90x160 patches and 96x160 images) in both forms.

    The encoder's logits are computed once before the first iteration and are no part of either side; its network
    therefore does not matter here and is the small one.
    """
    step = _step("dakpn-s", {}, (720, 1280), (96, 160))
    step(0)
    ours, literal = [], []
    for _ in range(repeats):
        ours.append(_seconds(step))
        with mock.patch("dakpn.transforms.local_gaussian_blur", unfolded_blur):
            literal.append(_seconds(step))
    slow, fast = statistics.median(literal), statistics.median(ours)
    return [Row("DA-KPN training iteration, paper's shapes, batch 8", slow, fast, slow / fast)]


def baseline_rows(*, repeats: int = 3) -> list[tuple[str, float]]:
    """(name, seconds) of one iteration of the baselines at the miniature's widths: crops of 64, batch 4."""
    sections = {
        "cyclegan": {"crop": 64, "batch": 4, "width": 16, "blocks": 3, "discriminator_width": 16},
        "vsait": {
            "crop": 64,
            "batch": 4,
            "width": 16,
            "blocks": 3,
            "discriminator_width": 256,
            "dimension": 512,
            "vgg_width": 0.25,
            "weights": "none",
        },
    }
    rows = []
    for name, section in sections.items():
        step = _step(name, section, (96, 160), (48, 80))
        step(0)
        rows.append(
            (
                f"{METHODS[name].label} training iteration, miniature widths",
                statistics.median(_seconds(step) for _ in range(repeats)),
            )
        )
    return rows
