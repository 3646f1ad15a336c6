"""The fixed feature extractor: torchvision's layout, the taps, and weights that can or cannot be had."""

import pytest
import torch

from baselines.vgg import VGG19Trunk
from dakpn.errors import InputError


def test_four_taps_are_rectified_and_the_last_is_not():
    taps = VGG19Trunk(0.25)(torch.rand(1, 3, 64, 64) * 2 - 1)
    assert [tap.shape[-1] for tap in taps] == [64, 32, 16, 8, 4]
    assert [tap.min().item() for tap in taps[:4]] == [0] * 4
    assert taps[4].min() < 0


def test_trunk_has_the_names_and_outputs_of_torchvision():
    models = pytest.importorskip("torchvision.models")
    with torch.device("meta"):
        reference, trunk = models.vgg19(weights=None).features, VGG19Trunk()
    shapes = {name: value.shape for name, value in reference[:31].state_dict().items()}
    assert {name: value.shape for name, value in trunk.features.state_dict().items()} == shapes
    kinds = [type(layer) for layer in reference[:31]]
    assert [type(layer) for layer in trunk.features] == kinds


def test_gradients_pass_through_the_frozen_trunk():
    vgg, image = VGG19Trunk(0.0625), torch.rand(1, 3, 32, 32, requires_grad=True)
    vgg(image)[-1].sum().backward()
    assert image.grad.abs().sum() > 0 and all(p.grad is None for p in vgg.parameters())


def test_trunk_weights_from_a_file_replace_the_random_ones(tmp_path):
    trunk, other = VGG19Trunk(0.0625), VGG19Trunk(0.0625)
    # The file of a whole VGG19 holds deeper layers and a classifier too.
    whole = trunk.state_dict() | {"features.34.weight": torch.zeros(1), "classifier.0.bias": torch.zeros(1)}
    torch.save(whole, tmp_path / "vgg.pth")
    other.load_weights(str(tmp_path / "vgg.pth"), "key")
    assert all(torch.equal(x, y) for x, y in zip(trunk.parameters(), other.parameters(), strict=True))
    assert not any(p.requires_grad for p in other.parameters())


def test_damaged_or_foreign_weights_file_is_refused(tmp_path):
    (tmp_path / "broken.pth").write_bytes(b"no weights")
    torch.save(VGG19Trunk(0.125).state_dict(), tmp_path / "wider.pth")
    for name in ("broken.pth", "wider.pth"):
        with pytest.raises(InputError, match=name):
            VGG19Trunk(0.0625).load_weights(str(tmp_path / name), "key")
