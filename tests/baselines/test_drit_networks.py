"""DRIT's networks: published sizes and shapes, and each against its layers written out."""

import pytest
import torch
from torch.nn import functional as F

from baselines.disentanglement import Disentanglement
from baselines.drit_networks import (
    AttributeEncoder,
    ContentDiscriminator,
    ContentEncoder,
    Decoder,
    ScaledDiscriminator,
)
from baselines.resnet_generator import ResidualBlock


def count(network) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("build", "parameters"),
    [
        (ContentEncoder, 3_918_976),
        (lambda: ResidualBlock(256), 1_180_160),
        (AttributeEncoder, 1_344_080),
        (Decoder, 4_192_275),
        (ScaledDiscriminator, 8_271_171),
        (ContentDiscriminator, 10_683_649),
        (Disentanglement, 21_270_982),
        (lambda: Disentanglement().content, 9_018_112),
        (lambda: Disentanglement().attribute, 2_688_160),
        (lambda: Disentanglement().decoder, 9_564_710),
    ],
)
def test_parameter_counts_are_the_published_ones(build, parameters):
    with torch.device("meta"):
        assert count(build()) == parameters


@pytest.mark.parametrize(
    ("crop", "content", "logits", "scales"),
    [(216, 54, 1, [13, 6, 3]), (256, 64, 2, [16, 8, 4]), (340, 85, 5, [21, 10, 5])],
)
def test_shapes_at_full_width(crop, content, logits, scales):
    with torch.device("meta"):
        image = torch.empty(1, 3, crop, crop)
        code = ContentEncoder()(image)
        assert code.shape == (1, 256, content, content)
        assert ContentDiscriminator()(code).shape == (1, 1, logits, logits)
        assert [tuple(x.shape) for x in ScaledDiscriminator()(image)] == [(1, 1, side, side) for side in scales]
        mean, log_variance = AttributeEncoder()(image)
        assert mean.shape == log_variance.shape == (1, 8)
        assert Decoder()(code, mean).shape == image.shape


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_smallest_content_leaves_one_logit_and_a_smaller_one_none(layers):
    network, side = ContentDiscriminator(1, layers), ContentDiscriminator.smallest_content(layers)
    assert network(torch.rand(1, 1, side, side)).shape == (1, 1, 1, 1)
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 1, side - 1, side - 1))


@pytest.mark.parametrize("scales", [1, 2, 3])
def test_smallest_image_can_be_judged_and_a_smaller_one_cannot(scales):
    network, side = ScaledDiscriminator(1, scales), ScaledDiscriminator.smallest_image(scales)
    assert len(list(network(torch.rand(1, 3, side, side)))) == scales
    with pytest.raises(RuntimeError):
        list(network(torch.rand(1, 3, side - 1, side - 1)))


def convolutions(network):
    """Parameters of the network's convolutions in their order; `mirrored` pads by reflection."""
    return iter([(m.weight, m.bias) for m in network.modules() if isinstance(m, torch.nn.Conv2d)])


def mirrored(x, parameters, padding, stride=1):
    return F.conv2d(F.pad(x, (padding,) * 4, mode="reflect"), *parameters, stride=stride)


def standardised(x, axes):
    return (x - x.mean(axes, keepdim=True)) / (x.var(axes, correction=0, keepdim=True) + 1e-5).sqrt()


def residual(x, parts):
    first = standardised(mirrored(x, next(parts), 1), (2, 3)).relu()
    return x + standardised(mirrored(first, next(parts), 1), (2, 3))


@pytest.fixture
def image():
    torch.manual_seed(0)
    return torch.rand(2, 3, 32, 32).double() * 2 - 1


def test_content_encoder_is_its_layers(image):
    network = ContentEncoder(2, 2).double()
    parts = convolutions(network)
    x = F.leaky_relu(mirrored(image, next(parts), 3), 0.01)
    for _ in range(2):
        x = standardised(mirrored(x, next(parts), 1, 2), (2, 3)).relu()
    for _ in range(2):
        x = residual(x, parts)
    torch.testing.assert_close(network(image), x)


def test_attribute_encoder_is_its_layers(image):
    network = AttributeEncoder(2, 3).double()
    parts = convolutions(network)
    x = mirrored(image, next(parts), 1, 2)
    for _ in range(3):
        branch = mirrored(F.leaky_relu(x, 0.2), next(parts), 1)
        branch = F.avg_pool2d(mirrored(F.leaky_relu(branch, 0.2), next(parts), 1), 2)
        x = branch + F.conv2d(F.avg_pool2d(x, 2), *next(parts))
    features = F.leaky_relu(x, 0.2).mean((2, 3))
    mean, log_variance = network(image)
    torch.testing.assert_close(mean, network.mean(features))
    torch.testing.assert_close(log_variance, network.log_variance(features))


def test_decoder_is_its_layers_and_gets_the_attribute_four_times():
    torch.manual_seed(0)
    network, content, attribute = (
        Decoder(2, 1, 3).double(),
        torch.randn(2, 8, 4, 6).double(),
        torch.randn(2, 3).double(),
    )
    parts = convolutions(network)
    transposed = [m for m in network.modules() if isinstance(m, torch.nn.ConvTranspose2d)]
    norms = [m for m in network.modules() if isinstance(m, torch.nn.GroupNorm)]
    for norm in norms:
        assert (norm.weight == 1).all() and (norm.bias == 0).all()
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)

    def joined(x):
        return torch.cat([x, attribute[:, :, None, None].expand(2, 3, *x.shape[2:])], 1)

    x = residual(joined(content), parts)
    for up, norm in zip(transposed, norms, strict=True):
        x = F.conv_transpose2d(joined(x), up.weight, up.bias, stride=2, padding=1, output_padding=1)
        x = (standardised(x, (1, 2, 3)) * norm.weight[:, None, None] + norm.bias[:, None, None]).relu()
    expected = F.conv2d(joined(x), *next(parts)).tanh()
    assert [up.weight.shape[0] for up in transposed] == [14, 10]
    torch.testing.assert_close(network(content, attribute), expected)


def test_image_discriminator_is_its_layers_at_every_scale(image):
    network = ScaledDiscriminator(2, 2).double()
    # The mean over the pixels of a 3x3 window that lie inside the image.
    ones = torch.ones(3, 1, 3, 3).double()
    small = F.conv2d(image, ones, stride=2, padding=1, groups=3)
    small = small / F.conv2d(torch.ones_like(image), ones, stride=2, padding=1, groups=3)
    for found, x, judge in zip(network(image), (image, small), network, strict=True):
        parts = convolutions(judge)
        for _ in range(4):
            x = F.leaky_relu(mirrored(x, next(parts), 1, 2), 0.01)
        torch.testing.assert_close(found, F.conv2d(x, *next(parts)))


def test_content_discriminator_is_its_layers():
    network, code = ContentDiscriminator(3, 1).double(), torch.randn(2, 3, 16, 16).double()
    parts = convolutions(network)
    x = F.leaky_relu(mirrored(code, next(parts), 1, 2), 0.01)
    x = F.leaky_relu(F.conv2d(x, *next(parts)), 0.01)
    torch.testing.assert_close(network(code), F.conv2d(x, *next(parts)))
