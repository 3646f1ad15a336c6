"""Parameter integers, shapes and starting points of the networks."""

import pytest
import torch
from torchvision.models.segmentation import fcn_resnet50

from dakpn.config.models import Segmenter
from dakpn.errors import InputError
from dakpn.model.discriminator import PatchDiscriminator
from dakpn.model.kernels import Kernels
from dakpn.model.kpn import KernelPredictor
from dakpn.model.transforms import fixed_noise, translate
from dakpn.segmentation.networks import SmallFCN, build_segmenter
from dakpn.segmentation.weights import load_segmenter, save_segmenter

SMALL = Segmenter(network="small", width=4, iterations=1)
FCN = Segmenter(network="fcn_resnet50", iterations=1)


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_kernel_predictor_has_240_parameters():
    assert count(KernelPredictor(19)) == 240


def test_kernel_predictor_starts_at_the_identity_translation():
    logits, image = torch.randn(2, 19, 12, 20), torch.rand(2, 3, 12, 20)
    kernels = Kernels.from_channels(KernelPredictor(19)(logits))
    translated = translate(image, kernels, fixed_noise(12, 20, seed=0))
    assert (translated - image).abs().max() < 1 / 255


def test_every_parameter_of_the_kernel_predictor_can_learn():
    predictor, logits = KernelPredictor(19), torch.randn(2, 19, 12, 20)
    kernels = Kernels.from_channels(predictor(logits))
    translate(torch.rand(2, 3, 12, 20), kernels, fixed_noise(12, 20, seed=0)).square().sum().backward()
    assert (predictor.predict.bias.grad.abs() > 1e-6).all()
    assert (predictor.predict.weight.grad.abs().amax(dim=1) > 1e-6).all()


def test_discriminator_has_the_released_parameters():
    assert count(PatchDiscriminator()) == 2_765_633


@pytest.mark.parametrize("size, patches", [((90, 160), (9, 18)), ((96, 160), (10, 18))])
def test_discriminator_shapes(size, patches):
    assert PatchDiscriminator(width=4)(torch.rand(2, 3, *size)).shape == (2, 1, *patches)


def test_fcn_resnet50_has_the_papers_parameters():
    with torch.device("meta"):
        assert count(build_segmenter(FCN, 19)) == 32_955_987
        assert count(build_segmenter(FCN, 19, training=True)) == 35_320_678


def test_fcn_resnet50_equals_torchvision_on_normalised_images():
    torch.manual_seed(0)
    ours = build_segmenter(FCN, 19).eval()
    theirs = fcn_resnet50(weights=None, weights_backbone=None, num_classes=19).eval()
    theirs.load_state_dict({name.removeprefix("body."): value for name, value in ours.state_dict().items()})
    image = torch.rand(1, 3, 32, 48)
    with torch.no_grad():
        torch.testing.assert_close(ours(image)["out"], theirs((image - ours.mean) / ours.std)["out"])
        assert ours.coarse(image).shape == (1, 19, 4, 6)


def test_small_network_has_the_documented_size_and_interface():
    assert count(SmallFCN(19)) == 266_070
    network = build_segmenter(SMALL, 19).eval()
    assert network.coarse(torch.rand(2, 3, 24, 40)).shape == (2, 19, 6, 10)
    assert network(torch.rand(2, 3, 23, 41))["out"].shape == (2, 19, 23, 41)


def test_batched_equals_single():
    torch.manual_seed(0)
    network, image = build_segmenter(SMALL, 19).eval(), torch.rand(3, 3, 24, 40)
    single = torch.cat([network(one[None])["out"] for one in image])
    torch.testing.assert_close(network(image)["out"], single, rtol=1e-4, atol=1e-5)


def test_segmenter_weights_round_trip_without_the_auxiliary_head(tmp_path):
    trained = build_segmenter(FCN, 3, training=True)
    save_segmenter(trained, tmp_path / "weights.safetensors")
    loaded = load_segmenter(FCN, 3, tmp_path / "weights.safetensors", "cpu")
    assert torch.equal(loaded.body.classifier[4].weight, trained.body.classifier[4].weight)


def test_weights_of_another_network_are_named(tmp_path):
    save_segmenter(build_segmenter(SMALL, 19), tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match="(?s)weights.safetensors.*train again"):
        load_segmenter(Segmenter(network="small", width=8, iterations=1), 19, tmp_path / "weights.safetensors", "cpu")


def test_pretrained_weights_from_a_file(tmp_path):
    torch.manual_seed(0)
    source = fcn_resnet50(weights=None, weights_backbone=None, num_classes=21, aux_loss=True)
    torch.save(source.state_dict(), tmp_path / "coco.pth")
    section = Segmenter(network="fcn_resnet50", weights=str(tmp_path / "coco.pth"), iterations=1)
    network = build_segmenter(section, 19, training=True)
    assert torch.equal(network.body.backbone.conv1.weight, source.backbone.conv1.weight)
    assert network.body.classifier[4].weight.shape[0] == 19


def test_missing_weights_are_named_with_a_cure(tmp_path):
    section = Segmenter(network="fcn_resnet50", weights=str(tmp_path / "none.pth"), iterations=1)
    with pytest.raises(InputError, match="none.pth.*Use none, imagenet, coco"):
        build_segmenter(section, 19, training=True)


def test_refused_download_is_named_with_a_cure(monkeypatch):
    def refuse(*_, **__):
        raise OSError("connection refused")

    monkeypatch.setattr("torch.hub.load_state_dict_from_url", refuse)
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", refuse)
    section = Segmenter(network="fcn_resnet50", weights="coco", iterations=1)
    with pytest.raises(InputError, match="coco could not be downloaded.*weights: none"):
        build_segmenter(section, 19, training=True)
