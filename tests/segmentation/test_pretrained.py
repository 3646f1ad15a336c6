"""Weights that a segmenter starts from, and what is said when they cannot be had."""

import pytest
import torch

from dakpn.errors import InputError
from dakpn.segmentation.networks import build_segmenter, load_segmenter, save_segmenter
from dakpn.segmentation.registry import resolve

TORCHVISION = ("fcn_resnet50", "deeplabv3_resnet50")


def section(name, **settings):
    return resolve({"network": name, "iterations": 1, **settings})


def test_weights_of_another_network_are_named(tmp_path):
    save_segmenter(build_segmenter(section("small", width=4), 19), tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match="(?s)weights.safetensors.*train again"):
        load_segmenter(section("small", width=8), 19, tmp_path / "weights.safetensors", "cpu")
    (tmp_path / "weights.safetensors").write_bytes(b"torn")
    with pytest.raises(InputError, match="(?s)weights.safetensors.*train again"):
        load_segmenter(section("small", width=4), 19, tmp_path / "weights.safetensors", "cpu")


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_state_dict_starts_all_but_the_final_layers(name, tmp_path):
    from torchvision.models import get_model

    torch.manual_seed(0)
    source = get_model(name, weights=None, weights_backbone=None, num_classes=21, aux_loss=True)
    torch.save(source.state_dict(), tmp_path / "coco.pth")
    network = build_segmenter(section(name, weights=str(tmp_path / "coco.pth")), 19, training=True)
    given, own = source.state_dict(), network.body.state_dict()
    changed = {key for key in own if own[key].shape != given[key].shape or not torch.equal(own[key], given[key])}
    assert changed == {f"{head}.4.{part}" for head in ("classifier", "aux_classifier") for part in ("weight", "bias")}
    # Trained weights are read into a network without them.
    unread = build_segmenter(section(name, weights=str(tmp_path / "gone.pth")), 19)
    assert unread.body.aux_classifier is None


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "weights: no such file: .*w.pth.*Use none, imagenet, coco"),
        (b"not a state dict", "weights: .*w.pth cannot be read"),
        ({"other": torch.zeros(1)}, "weights: .*w.pth holds no backbone of deeplabv3_resnet50"),
    ],
)
def test_weights_that_do_not_fit_are_named_with_a_cure(tmp_path, content, message):
    if isinstance(content, bytes):
        (tmp_path / "w.pth").write_bytes(content)
    elif content:
        torch.save(content, tmp_path / "w.pth")
    with pytest.raises(InputError, match=message):
        build_segmenter(section("deeplabv3_resnet50", weights=str(tmp_path / "w.pth")), 3, training=True)


@pytest.mark.parametrize("name", ["resnet50", "resnet101"])
def test_a_backbone_alone_is_taken_and_that_of_another_architecture_is_not(name, tmp_path):
    from torchvision.models import get_model

    state = get_model(name, weights=None).state_dict()
    torch.save(state, tmp_path / "backbone.pth")
    given = section("fcn_resnet50", weights=str(tmp_path / "backbone.pth"))
    if name == "resnet101":
        with pytest.raises(InputError, match=r"holds no backbone of fcn_resnet50 \(backbone.layer3.10.*305 more"):
            build_segmenter(given, 3, training=True)
    else:
        own = build_segmenter(given, 3, training=True).body.backbone.state_dict()
        assert all(torch.equal(value, state[key]) for key, value in own.items())
