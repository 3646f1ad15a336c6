"""Table 2: parameters, seconds per training iteration and epoch, seconds per translated image, memory.

Parameters are counted at the paper's widths without allocating them. Times are measured on this machine; every row
names its device, batch and image size.
"""

import math
from typing import Any

import torch

from dakpn.config.models import Timing
from dakpn.data.views import View
from dakpn.efficiency.timing import measure, peak_memory
from dakpn.segmentation.contract import SegmenterConfig
from dakpn.segmentation.networks import build_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.translation.batch import Batch
from dakpn.translation.translator import Translator

PAPER_IMAGE_SIZE, PAPER_LOW_SIZE, PAPER_CLASSES = (720, 1280), (96, 160), 19
PAPER_SEGMENTER = resolve({"network": "fcn_resnet50", "iterations": 1})


def build_translator(
    method: type[Translator],
    config: Any,
    *,
    encoder: SegmenterConfig,
    image_size: tuple[int, int],
    low_size: tuple[int, int],
    num_classes: int = PAPER_CLASSES,
) -> Translator:
    """An untrained translator, with an untrained encoder where the method asks for one."""
    built = build_segmenter(encoder, num_classes) if method.encoder_domain(config) else None
    return method(config, image_size=image_size, low_size=low_size, num_classes=num_classes, encoder=built)


def parameter_rows(method: type[Translator], config: Any) -> list[dict[str, Any]]:
    """The three parameter counts of a method in millions; config: its settings at the paper's widths.

    The columns of timings (size, device and so on) are empty; they exist because some methods have no other rows.
    """
    untimed = dict.fromkeys(("low", "high", "batch", "size", "device", "repeats"))
    with torch.device("meta"):
        translator = build_translator(
            method, config, encoder=PAPER_SEGMENTER, image_size=PAPER_IMAGE_SIZE, low_size=PAPER_LOW_SIZE
        )
    return [
        {"metric": f"params_{kind}", "value": count / 1e6, "unit": "million", "widths": "paper", **untimed}
        for kind, count in translator.parameter_counts().items()
    ]


def training_rows(
    method: type[Translator],
    config: Any,
    encoder: SegmenterConfig,
    source: View,
    target: View,
    timing: Timing,
    device: torch.device,
) -> list[dict[str, Any]]:
    """Seconds per iteration and per epoch (one pass over the source view), and peak memory, as the run trains.

    No rows for a method that is not trained.
    """
    if not method.trained:
        return []
    torch.manual_seed(0)
    translator = build_translator(
        method,
        config,
        encoder=encoder,
        image_size=source.image_size,
        low_size=source.low_size,
        num_classes=len(source.classes),
    ).to(device)
    step, _ = translator.training_step(source, target, seed=0, device=device)
    # The last one: some methods begin with cheaper ones.
    measured = measure(lambda: step(config.iterations - 1), timing, device)
    iterations = math.ceil(len(source) / config.batch)
    epoch = {key: iterations * measured[key] for key in ("value", "low", "high")}
    row = {"unit": "seconds", **measured, "batch": config.batch, "size": _name(source.image_size), "widths": "run"}
    memory = {"unit": "MiB", "value": peak_memory(device), "low": None, "high": None}
    return [
        {**row, "metric": "train_iteration"},
        {**row, "metric": "train_epoch", **epoch},
        {**row, "metric": "peak_memory", **memory},
    ]


def inference_rows(
    method: type[Translator],
    config: Any,
    encoder: SegmenterConfig,
    timing: Timing,
    low_size: tuple[int, int],
    device: torch.device,
) -> list[dict[str, Any]]:
    """Seconds per translated image at `timing.inference_size`, one at a time; decoding and writing do not count.

    No rows for a method that is not trained: it does nothing to an image.
    """
    if not method.trained:
        return []
    size = timing.inference_size
    translator = build_translator(method, config, encoder=encoder, image_size=size, low_size=low_size).to(device)
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0)).to(device)
    low_res = torch.rand(1, 3, *low_size, generator=torch.Generator().manual_seed(1)).to(device)
    batch = Batch(("random",), image, low_res)
    with torch.no_grad():
        measured = measure(lambda: translator.translate(batch), timing, device)
    facts = {"batch": 1, "size": _name(size), "widths": timing.inference_widths}
    return [{"metric": "inference_image", "unit": "seconds", **measured, **facts}]


def _name(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
