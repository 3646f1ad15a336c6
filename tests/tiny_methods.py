"""Every method of the registry small enough for a test. A new method that trains adds its tiny settings to SECTIONS."""

from types import SimpleNamespace

import numpy as np
import torch

from baselines import METHODS
from dakpn.segmentation.networks import build_segmenter
from dakpn.segmentation.registry import resolve as resolve_network
from dakpn.translation.batch import Batch
from dakpn.translation.instances import resolve

IMAGE, LOW_RES = (48, 80), (24, 40)
IDS = ("a", "b", "town/c")
ENCODER = resolve_network({"network": "small", "width": 4, "iterations": 1})
CONTRASTIVE = {
    "iterations": 2,
    "batch": 2,
    "crop": 32,
    "width": 4,
    "blocks": 1,
    "discriminator_width": 4,
    "head_width": 8,
    "taps": [0, 4, 8, 12],
    "patches": 16,
}
SECTIONS = {
    "cut": CONTRASTIVE,
    "srunit": CONTRASTIVE,
    "dakpn": {"iterations": 2, "batch": 2, "grid": 2, "discriminator_width": 4},
    "drit": {
        "iterations": 2,
        "batch": 2,
        "crop": 44,
        "width": 4,
        "blocks": 1,
        "discriminator_width": 4,
        "scales": 2,
        "content_layers": 1,
    },
    "gcgan": {"iterations": 2, "batch": 2, "crop": 32, "width": 4, "blocks": 1, "discriminator_width": 4},
    "cyclegan": {"iterations": 2, "batch": 2, "crop": 32, "width": 4, "blocks": 1, "discriminator_width": 4},
    "mct": {
        "iterations": 2,
        "batch": 2,
        "crop": 40,
        "input_size": 32,
        "width": 4,
        "blocks": 1,
        "discriminator_width": 4,
        "discriminator_steps": 0,
    },
    "vsait": {
        "iterations": 2,
        "batch": 2,
        "crop": 32,
        "width": 4,
        "blocks": 1,
        "discriminator_width": 16,
        "dimension": 32,
        "vgg_width": 0.0625,
        "weights": "none",
    },
}
"""Settings by name of the class: presets inherit them."""


class Views(SimpleNamespace):
    """Stands in for a view: what training reads of one."""

    def __init__(self, seed):
        random = np.random.default_rng(seed)
        super().__init__(
            images=random.integers(0, 256, (6, *IMAGE, 3), dtype=np.uint8),
            low=random.integers(0, 256, (6, *LOW_RES, 3), dtype=np.uint8),
        )

    def __len__(self):
        return len(self.images)


def instance(name, registry=METHODS, **changes):
    """The method `name` with its tiny settings and other changes."""
    return resolve(name, {**SECTIONS, name: {**SECTIONS.get(name, {}), **changes}}, registry)


def build(name, seed=0, *, encoder=None, **changes):
    """An untrained translator with weights of `seed`, and a small encoder of random weights unless one is given."""
    method = instance(name, **changes)
    torch.manual_seed(seed)
    encoder = encoder or build_segmenter(ENCODER, 19).eval()
    return method.translator(
        method.translator.Config(**method.settings),
        image_size=IMAGE,
        low_size=LOW_RES,
        num_classes=19,
        encoder=encoder if method.encoder else None,
    )


def batch(count=1, *, low_res=True, size=IMAGE):
    """Random images with the first of IDS."""
    return Batch(IDS[:count], torch.rand(count, 3, *size), torch.rand(count, 3, *LOW_RES) if low_res else None)


def of(image):
    """A batch of given images without low-resolution images."""
    return Batch(("",) * len(image), image)
