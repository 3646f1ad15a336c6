"""Training a segmenter on a view (paper 3.3 for the encoder, 4.1 for the downstream network and the judge)."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dakpn.data.label_spaces import IGNORE
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.segmentation.contract import SegmenterConfig
from dakpn.segmentation.networks import SegmentationNetwork, build_segmenter
from dakpn.training import ranks
from dakpn.training.feed import Feed
from dakpn.training.loop import Run, train
from dakpn.training.sampling import IndexSampler, as_images, pixels


def train_segmenter(
    config: SegmenterConfig, view: View, resolution: tuple[int, int], *, seed: int, device: torch.device | str, run: Run
) -> tuple[SegmentationNetwork, list[dict[str, float]]]:
    """Train the network that `config` describes on the view's images and labels at `resolution` (height, width).

    Returns the network in eval mode on `device` and the training history. Images and labels are stretched to the
    resolution independently of their aspect ratio (paper 4.1), labels by the nearest neighbour.
    """
    torch.manual_seed(seed)
    network = build_segmenter(config, len(view.classes), training=True).to(device).train()
    # A CPU convolves faster with channels adjacent in memory.
    layout = torch.channels_last if torch.device(device).type == "cpu" else torch.contiguous_format
    network = network.to(memory_format=layout)
    rule, scheduler = (torch.optim.SGD if config.optimiser == "sgd" else torch.optim.AdamW), None
    optimiser = rule(network.parameters(), lr=config.learning_rate, fused=True)
    if config.optimiser == "adamw":
        one_cycle = torch.optim.lr_scheduler.OneCycleLR
        scheduler = one_cycle(optimiser, config.learning_rate, total_steps=config.iterations)
    labelled = LabelledImages(view, resolution, config.batch, flip=config.flip, seed=seed, device=device)
    weight = class_weights(view.low_labels, len(view.classes)).to(device) if config.class_weights else None

    def step(i: int) -> Mapping[str, Tensor]:
        image, label = labelled.next()
        image = distorted(image, seed, i) if config.photometric else image
        logits = network(image.contiguous(memory_format=layout))
        losses = {name: cross_entropy(of, label, weight) for name, of in logits.items()}
        total = losses["out"] + (config.auxiliary * losses["aux"] if "aux" in losses else 0.0)
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        optimiser.step()
        if scheduler:
            scheduler.step()
        return losses

    state: dict[str, Any] = {"network": network, "optimiser": optimiser, "labelled": labelled}
    if scheduler:
        state["scheduler"] = scheduler
    history = train(step, state, iterations=config.iterations, seed=seed, run=run)
    return network.eval(), history


def cross_entropy(logits: Tensor, label: Tensor, weight: Tensor | None) -> Tensor:
    """The mean over all pixels that count, weighted by their classes; as a rank, this one's part of that mean."""
    if ranks.count() == 1:
        return F.cross_entropy(logits, label, weight, ignore_index=IGNORE)
    counted = label[label != IGNORE]
    total = (torch.ones_like(counted, dtype=logits.dtype) if weight is None else weight[counted]).sum()
    return F.cross_entropy(logits, label, weight, ignore_index=IGNORE, reduction="sum") / ranks.mean(total)


class LabelledImages(Feed):
    """Images (B,3,*resolution) in [0,1] and labels (B,*resolution) int64; flip: with probability one half mirrored."""

    def __init__(
        self,
        view: View,
        resolution: tuple[int, int],
        batch: int,
        *,
        flip: bool,
        seed: int,
        device: torch.device | str,
    ) -> None:
        self._view, self._resolution, self._flip = view, resolution, flip
        super().__init__({"images": IndexSampler(len(view), batch, seed)}, seed=seed, device=device)

    def read(self, generator: torch.Generator) -> tuple[Tensor, ...]:
        indices = self._samplers["images"].next()
        mirrored = (torch.rand(len(indices), generator=generator) < 0.5,) if self._flip else ()
        return *map(pixels, _arrays_at(self._view, indices.numpy(), self._resolution)), *mirrored

    def finish(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        image, label = _images(batch[0], self._resolution), _labels(batch[1], self._resolution)
        for mirrored in batch[2:]:
            image = torch.where(mirrored.view(-1, 1, 1, 1), image.flip(-1), image)
            label = torch.where(mirrored.view(-1, 1, 1), label.flip(-1), label)
        return image, label


def distorted(image: Tensor, seed: int, step: int) -> Tensor:
    """(B,3,H,W) in [0,1] -> the same with random brightness, contrast, saturation, hue and order of channels, drawn for
    each image (the recipe of SSD, Liu et al. 2016, as torchvision has it; decision photometric-augmentation).

    The draws depend on seed and step alone: a control sees the same order of images and flips as every other method.
    """
    from torchvision.transforms.v2 import RandomPhotometricDistort

    with torch.random.fork_rng():
        torch.manual_seed(1_000_003 * seed + step)
        distort = RandomPhotometricDistort()
        return torch.stack([distort(one) for one in image])


@torch.no_grad()
def adapt_statistics(network: SegmentationNetwork, view: View, resolution: tuple[int, int], device: str | torch.device):
    """Replace the means and variances of batch normalisation by those of the view's images, as AdaBN does (Li et al.
    2017; decision target-batch-statistics): averages over all batches of 8. Labels are not read.

    Raises InputError for a network without batch normalisation.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    if not layers:
        raise InputError("statistics: target: the network has no batch normalisation. Take another, or training.")
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain average of all batches
        layer.train()
    for rows in batches(len(view)):
        network(batch_at(view, np.arange(rows.start, rows.stop), resolution, device)[0])
    network.eval()


def batch_at(
    view: View, indices: np.ndarray, resolution: tuple[int, int], device: torch.device | str
) -> tuple[Tensor, Tensor]:
    """Images (B,3,H,W) in [0,1] and labels (B,H,W) int64 of the view at `resolution`, on `device`."""
    images, labels = _arrays_at(view, indices, resolution)
    return images_at(images, resolution, device), labels_at(labels, resolution, device)


def _arrays_at(view: View, indices: np.ndarray, resolution: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels as the view has them, in low resolution where that is the one."""
    low = tuple(resolution) == tuple(view.low_size)
    images, labels = (view.low, view.low_labels) if low else (view.images, view.labels)
    return images[indices], labels[indices]


def batches(count: int, size: int = 8) -> Iterator[slice]:
    """Slices of `size` rows that cover `count` rows in order."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def images_at(images: np.ndarray, resolution: tuple[int, int], device: torch.device | str) -> Tensor:
    """(B,H,W,3) uint8 -> (B,3,*resolution) in [0,1]."""
    return _images(pixels(images).to(device, non_blocking=True), resolution)


def _images(batch: Tensor, resolution: tuple[int, int]) -> Tensor:
    image = as_images(batch)
    if tuple(image.shape[-2:]) != tuple(resolution):
        image = F.interpolate(image, resolution, mode="bilinear", align_corners=False, antialias=True)
    return image


def labels_at(labels: np.ndarray, resolution: tuple[int, int], device: torch.device | str) -> Tensor:
    """(B,H,W) uint8 -> (B,*resolution) int64, by the nearest neighbour."""
    return _labels(pixels(labels).to(device, non_blocking=True), resolution)


def _labels(label: Tensor, resolution: tuple[int, int]) -> Tensor:
    if tuple(label.shape[-2:]) != tuple(resolution):
        label = F.interpolate(label[:, None].float(), resolution, mode="nearest-exact")[:, 0]
    return label.long()


def class_weights(labels: np.ndarray, num_classes: int) -> Tensor:
    """One over the root of each class's share of pixels, with mean one over the classes that occur; zero for others."""
    counts = np.bincount(np.asarray(labels).ravel(), minlength=256)[:num_classes].astype(np.float64)
    weights = np.divide(1.0, np.sqrt(counts / counts.sum()), out=np.zeros_like(counts), where=counts > 0)
    return torch.tensor(weights / weights[counts > 0].mean(), dtype=torch.float32)
