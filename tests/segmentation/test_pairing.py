"""Common random numbers: for one seed every segmenter starts from the same weights, order of images and flips."""

import numpy as np
import torch
from tiny_views import write

from dakpn.data.views import View
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.training import train_segmenter
from dakpn.training.loop import Run

CONFIG = {"network": "small", "width": 2, "iterations": 5, "batch": 3, "flip": True}


def test_two_translations_of_a_set_are_trained_on_in_the_same_order_from_the_same_weights(tmp_path, monkeypatch):
    forward, seen = SegmentationNetwork.forward, []

    def record(self, image):
        seen.append((image.clone(), self.body.stem[0][0].weight.detach().clone()))
        return forward(self, image)

    monkeypatch.setattr(SegmentationNetwork, "forward", record)
    for name in ("one", "other"):
        folder = write(tmp_path / name, [f"{i}" for i in range(7)], size=(16, 24), low=(8, 12))
        if name == "other":
            np.save(folder / "images.npy", 255 - np.load(folder / "images.npy"))
        train_segmenter(resolve(CONFIG), View.open(folder / "view.json"), (16, 24), seed=4, device="cpu", run=Run())
    one, other = seen[:5], seen[5:]
    assert torch.equal(one[0][1], other[0][1])
    for (image, _), (inverted, _) in zip(one, other, strict=True):
        torch.testing.assert_close(image, 1 - inverted)
    assert not torch.equal(one[1][1], other[1][1])
