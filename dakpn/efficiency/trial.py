"""Timing a few iterations and images of one kind of job on invented data, before there are any."""

import math
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import nn

from dakpn.config.models import Timing
from dakpn.data.images import resize_image, resize_label
from dakpn.data.label_spaces import LabelSpace
from dakpn.data.views import View
from dakpn.efficiency.computation import PAPER_LOW_SIZE, PAPER_SEGMENTER, inference_rows, training_rows
from dakpn.efficiency.timing import peak_memory, timed
from dakpn.segmentation.contract import SegmenterConfig
from dakpn.segmentation.evaluation import evaluate
from dakpn.segmentation.training import train_segmenter
from dakpn.training.loop import Run
from dakpn.training.snapshots import Snapshots
from dakpn.translation.dataset import translate_rows, translate_view
from dakpn.translation.translator import Translator

UNTIMED, FEWEST, MOST, SECONDS = 2, 6, 50, 1.0
"""Iterations before the clock starts, iterations of a trial, and the time that those of a fast method take."""
YARDSTICK = 0.075
"""Seconds that `yardstick` takes on one core of the machine that `dakpn.efficiency.price.TYPICAL` was measured on."""


def invented_view(
    folder: Path, space: LabelSpace, image_size: tuple[int, int], low_size: tuple[int, int], count: int
) -> View:
    """A view in memory, but for its labels' files: smooth images with noise, whose PNG files are as large as those of
    photographs, and patches of classes.
    """
    random, (height, width) = np.random.default_rng(0), image_size
    coarse = (max(2, height // 8), max(2, width // 8))
    images = [resize_image(random.integers(0, 250, (*coarse, 3), dtype=np.uint8), image_size) for _ in range(count)]
    images = np.stack([image + random.integers(0, 6, image.shape, dtype=np.uint8) for image in images])
    blocks = random.integers(0, len(space.classes), (count, *coarse), dtype=np.uint8)
    labels = np.stack([resize_label(block, image_size) for block in blocks])
    low_labels = np.stack([resize_label(label, low_size) for label in labels])
    for name, array in (("labels", labels), ("low_labels", low_labels)):
        np.save(folder / f"{name}.npy", array)
    facts = {"label_space": space.to_dict(), "count": count, "image_size": image_size, "low_size": low_size}
    facts["arrays_sha256"] = {"labels": "", "low_labels": ""}
    low = np.stack([resize_image(image, low_size) for image in images])
    return View(folder, [f"{row:05d}" for row in range(count)], images, low, labels, low_labels, facts)


def pace(fit: Callable[[int, Run], object], device: torch.device) -> tuple[float, float]:
    """(seconds before the first iteration, seconds per iteration) of a training `fit(iterations, run)`."""

    def attempt(iterations: int) -> tuple[float, float]:
        clock = Snapshots({"clock": nn.Linear(1, 1).to(device)}, (UNTIMED, iterations))
        fit(iterations, Run(snapshots=clock))
        step = (clock.seconds[iterations] - clock.seconds[UNTIMED]) / (iterations - UNTIMED)
        return max(0.0, clock.seconds[UNTIMED] - UNTIMED * step), step

    setup, step = attempt(FEWEST)
    if step < SECONDS / FEWEST:
        # The second attempt finds libraries loaded and kernels chosen.
        setup, step = attempt(min(MOST, max(FEWEST, int(SECONDS / step))))
    return setup, step


def network_trial(
    config: SegmenterConfig, view: View, resolution: tuple[int, int], device: torch.device
) -> dict[str, float]:
    """step: seconds per training iteration; image: seconds per scored image; bytes of the weights."""
    trained: list[nn.Module] = []

    def fit(iterations: int, run: Run) -> None:
        short = config.model_copy(update={"iterations": iterations})
        trained.append(train_segmenter(short, view, resolution, seed=0, device=device, run=run)[0])

    _, step = pace(fit, device)

    def score() -> object:
        return evaluate(trained[-1], view, view.label_space, resolution, device)

    score()
    return {"step": step, "image": timed(score, device) / len(view), "bytes": _bytes({"": trained[-1]})}


def translator_trial(translator: Translator, view: View, device: torch.device) -> dict[str, float]:
    """setup: seconds per image of both views before the first iteration, or of the whole `fit` of a method that does
    not iterate; step: seconds per iteration; bytes of the weights.
    """
    config = translator.config

    def fit(iterations: int, run: Run) -> None:
        if translator.optimised:
            translator.config = config.model_copy(update={"iterations": iterations})
        translator.fit(view, view, seed=0, device=device, run=run)

    setup, step = pace(fit, device) if translator.optimised else (timed(lambda: fit(0, Run()), device), 0.0)
    return {"setup": setup / 2 / len(view), "step": step, "bytes": _bytes(translator.inference_networks())}


def translation_trial(translator: Translator, view: View, device: torch.device) -> dict[str, float]:
    """image: seconds per image from the view to PNG files and a view, by a translator that need not be trained."""
    translator.to(device)
    translate_rows(translator, view, slice(8), device)
    with TemporaryDirectory() as name:
        places = {part: Path(name, part) for part in ("images", "translated", "partial")}
        seconds = timed(lambda: translate_view(translator, view, device, **places), device)
    return {"image": seconds / len(view)}


def timing_trial(
    method: type[Translator],
    settings: Mapping[str, Any],
    encoder: SegmenterConfig | None,
    view: View,
    device: torch.device,
) -> dict[str, float]:
    """timing: seconds of a job of the table of computation, from one call of each kind. settings: of that job."""
    timing = Timing(**settings["timing"])
    once = timing.model_copy(update={"warmup": 0, "repeats": 1})
    config, paper = (method.Config(**part) for part in (settings["translator"]["settings"], settings["paper"]))
    rows = training_rows(method, config, encoder, view, view, once, device)
    if timing.inference_widths == "paper":
        rows += inference_rows(method, paper, PAPER_SEGMENTER, once, PAPER_LOW_SIZE, device)
    else:
        rows += inference_rows(method, config, encoder, once, view.low_size, device)
    calls = [row["value"] for row in rows if row["metric"] in ("train_iteration", "inference_image")]
    longest = timing.warmup + timing.repeats
    return {"timing": sum(min(longest * call, max(timing.limit_seconds, call)) for call in calls)}


def yardstick() -> float:
    """How many times as long as on the machine of TYPICAL a fixed piece of work takes here and now."""
    values, began = np.arange(400_000, dtype=np.float64), time.perf_counter()
    for _ in range(8):
        np.sort(np.sin(values))
        sum(math.sqrt(value) for value in range(20_000))
    return (time.perf_counter() - began) / YARDSTICK


def memory(device: torch.device) -> dict[str, float | None]:
    """Largest memory of this process in MiB, and of torch on a GPU."""
    gpu = peak_memory(device) if device.type == "cuda" else None
    return {"max_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "gpu_memory_mib": gpu}


def _bytes(networks: Mapping[str, nn.Module]) -> int:
    state = nn.ModuleDict({name or "network": part for name, part in networks.items()}).state_dict()
    return sum(value.numel() * value.element_size() for value in state.values())
