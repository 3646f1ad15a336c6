"""Training the segmentation network that a job names."""

from collections.abc import Mapping
from typing import Any

import torch

from dakpn.data.views import View
from dakpn.segmentation.networks import save_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.training import adapt_statistics, train_segmenter
from dakpn.training import ranks
from dakpn.training.loop import Run


def fit(
    settings: Mapping[str, Any], files: Mapping[str, str], run: Run, weights: str, *, device: torch.device
) -> list[dict[str, float]]:
    """Train on `view` of `files`, take batch statistics of `target` where that is there, and write the weights; as a
    rank, do its part. Returns the history.
    """
    section, size = resolve(settings["section"]), tuple(settings["resolution"])
    view = View.open(files["view"])
    network, history = train_segmenter(section, view, size, seed=settings["seed"], device=device, run=run)
    if ranks.is_first():
        if files.get("target"):
            adapt_statistics(network, View.open(files["target"]), size, device)
        save_segmenter(network, weights)
    return history
