"""Saving and loading trained segmenters."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from dakpn.errors import InputError
from dakpn.files import atomic_path
from dakpn.segmentation.contract import SegmenterConfig
from dakpn.segmentation.networks import SegmentationNetwork, build_segmenter


def save_segmenter(network: SegmentationNetwork, path: str | Path) -> None:
    """Write the weights as safetensors, atomically; the auxiliary head, which only training needs, is left out."""
    tensors = {
        name: value.detach().cpu().contiguous()
        for name, value in network.state_dict().items()
        if ".aux_classifier." not in name
    }
    with atomic_path(path) as temporary:
        save_file(tensors, temporary)


def load_segmenter(
    config: SegmenterConfig, num_classes: int, path: str | Path, device: torch.device | str
) -> SegmentationNetwork:
    """The trained network in eval mode on `device`. Raises InputError when the file does not fit the configuration."""
    network = build_segmenter(config, num_classes)
    try:
        network.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise InputError(
            f"{path}: weights do not fit the configured segmenter. Delete the file and train again."
        ) from error
    return network.to(device).eval()
