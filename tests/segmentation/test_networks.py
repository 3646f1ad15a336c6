"""Every registered segmenter: shapes, gradients, weights that return, a step of training."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models.segmentation import fcn_resnet50

from dakpn.data.label_spaces import LabelSpace
from dakpn.data.views import View
from dakpn.segmentation.networks import build_segmenter, load_segmenter, save_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.small_fcn import SmallFCN
from dakpn.segmentation.training import train_segmenter
from dakpn.training.loop import Run

CLASSES = ("sky", "road", "car")
SPACE = LabelSpace("own", CLASSES, (0, 1, 2), np.zeros((3, 3), np.uint8), scored=(0, 1, 2))
SIZE, LOW = (40, 56), (33, 47)


def section(name, **settings):
    """Settings of a segmenter, the smallest where it has sizes."""
    small = {"width": 4} if name == "small" else {}
    return resolve({"network": name, "iterations": 1, "batch": 2, **small, **settings})


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.fixture
def view():
    random = np.random.default_rng(0)
    images, low = (random.integers(0, 256, (4, *size, 3), dtype=np.uint8) for size in (SIZE, LOW))
    labels, low_labels = (random.integers(0, 3, (4, *size)).astype(np.uint8) for size in (SIZE, LOW))
    facts = dict(label_space=SPACE.to_dict(), image_size=SIZE, low_size=LOW)
    return View(Path("view"), list("abcd"), images, low, labels, low_labels, facts)


@pytest.mark.parametrize("size", [(33, 47), (64, 96)], ids=str)
def test_logits_have_the_size_of_the_image_and_coarse_ones_a_stride(name, size):
    torch.manual_seed(0)
    network, image = build_segmenter(section(name), len(CLASSES)).eval(), torch.rand(2, 3, *size)
    with torch.no_grad():
        found, coarse = network(image), network.coarse(image)
    assert {key: value.shape for key, value in found.items()} == {"out": (2, 3, *size)}
    stride = 8 if "resnet" in name else 4
    assert coarse.shape == (2, 3, *(math.ceil(edge / stride) for edge in size))
    with torch.no_grad():
        alone = network(image[:1])["out"]
    torch.testing.assert_close(found["out"][:1], alone, rtol=1e-3, atol=1e-4)


def test_every_parameter_and_the_image_get_a_gradient(name):
    torch.manual_seed(0)
    network = build_segmenter(section(name), len(CLASSES), training=True).train()
    image = torch.rand(2, 3, 64, 64, requires_grad=True)
    sum(logits.square().mean() for logits in network(image).values()).backward()
    without = [
        key for key, value in network.named_parameters() if value.grad is None or not value.grad.isfinite().all()
    ]
    assert without == [] and image.grad.abs().sum() > 0


def test_weights_return_without_the_auxiliary_head(name, tmp_path):
    torch.manual_seed(0)
    trained, image = build_segmenter(section(name), 3, training=True).eval(), torch.rand(1, 3, 64, 64)
    save_segmenter(trained, tmp_path / "weights.safetensors")
    loaded = load_segmenter(section(name), 3, tmp_path / "weights.safetensors", "cpu")
    with torch.no_grad():
        assert torch.equal(loaded(image)["out"], trained(image)["out"])
    assert not loaded.training


def test_a_step_of_training_follows_the_seed(name, view):
    def trained(seed):
        run = train_segmenter(section(name, flip=True), view, SIZE, seed=seed, device="cpu", run=Run())
        return run[0].state_dict(), run[1]

    (first, history), (again, _), (other, _) = trained(1), trained(1), trained(2)
    assert [row["step"] for row in history] == [1] and math.isfinite(history[0]["out"])
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)
    torch.manual_seed(1)
    start = build_segmenter(section(name), len(CLASSES), training=True).state_dict()
    assert any(not torch.equal(first[key], start[key]) for key in first)


@pytest.mark.parametrize(
    "name, plain, with_auxiliary",
    [("fcn_resnet50", 32_955_987, 35_320_678), ("deeplabv3_resnet50", 39_638_355, 42_003_046)],
)
def test_torchvisions_networks_have_their_parameters(name, plain, with_auxiliary):
    with torch.device("meta"):
        assert count(build_segmenter(section(name), 19)) == plain
        assert count(build_segmenter(section(name), 19, training=True)) == with_auxiliary


def test_fcn_resnet50_equals_torchvision_on_normalised_images():
    torch.manual_seed(0)
    ours = build_segmenter(section("fcn_resnet50"), 19).eval()
    theirs = fcn_resnet50(weights=None, weights_backbone=None, num_classes=19).eval()
    theirs.load_state_dict({name.removeprefix("body."): value for name, value in ours.state_dict().items()})
    image = torch.rand(1, 3, 32, 48)
    with torch.no_grad():
        torch.testing.assert_close(ours(image)["out"], theirs((image - ours.mean) / ours.std)["out"])


def test_small_network_has_the_documented_size():
    assert count(SmallFCN(19)) == 266_070


def test_the_auxiliary_weight_counts(view):
    def weights(auxiliary):
        config = section("fcn_resnet50", auxiliary=auxiliary)
        return train_segmenter(config, view, SIZE, seed=0, device="cpu", run=Run())[0].body.backbone.conv1.weight

    assert not torch.equal(weights(0.0), weights(0.4))
