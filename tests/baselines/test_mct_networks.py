"""MCT's networks: published sizes, curves against a loop over numbers, jitter, and what the base and the head add."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from baselines.mct_networks import KNOTS, CoarsePatchDiscriminator, CurveGenerator, read_curves


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_parameter_counts_are_the_published_ones():
    with torch.device("meta"):
        generator, discriminator = CurveGenerator(), CoarsePatchDiscriminator()
    assert (count(generator), count(generator.base), count(generator.curves)) == (11_493_579, 11_378_179, 115_400)
    assert count(discriminator) == 2_764_737


def test_generator_doubles_by_repeating_pixels():
    kinds = [type(layer) for layer in CurveGenerator(4, 1).base]
    up = [nn.Upsample, nn.Conv2d, nn.InstanceNorm2d, nn.ReLU]
    assert kinds[-10:] == [*up, *up, nn.Conv2d, nn.Tanh] and nn.ConvTranspose2d not in kinds
    assert CurveGenerator(4, 1).base[-10].mode == "nearest"


@pytest.mark.parametrize(("side", "scores"), [(256, 16), (64, 4), (40, 2), (32, 2)])
def test_discriminator_halves_four_times_and_pads_the_last_map_at_the_left_and_the_top(side, scores):
    torch.manual_seed(0)
    network, image = CoarsePatchDiscriminator(4).eval(), torch.rand(1, 3, side, side)
    x = F.leaky_relu(F.conv2d(image, network[0].weight, network[0].bias, stride=2, padding=1), 0.2)
    for layer in (network[2], network[5], network[8]):
        x = F.leaky_relu(F.instance_norm(F.conv2d(x, layer.weight, layer.bias, stride=2, padding=1)), 0.2)
    expected = F.conv2d(F.pad(x, (2, 1, 2, 1)), network[-1].weight, network[-1].bias)
    found = network(image)
    assert found.shape == (1, 1, scores, scores)
    torch.testing.assert_close(found, expected)


def between(values: list[float], place: float) -> list[tuple[int, float]]:
    """The two neighbours of a place in -1..1 on an axis of equally spaced values, with their weights."""
    position = min(max((place + 1) / 2 * (len(values) - 1), 0), len(values) - 1)
    low = min(math.floor(position), len(values) - 2)
    return [(low, 1 - (position - low)), (low + 1, position - low)]


def test_curves_are_read_trilinearly():
    torch.manual_seed(0)
    knots, image = torch.randn(2, 9 * KNOTS, 3, 4).double(), (torch.rand(2, 3, 5, 6) * 2.4 - 1.2).double()
    found = read_curves(knots, image)
    assert image.abs().max() > 1  # Beyond its ends a curve goes on as it ended.
    for b, o, row, column in itertools.product(range(2), range(3), range(5), range(6)):
        expected = 0.0
        for i in range(3):
            axes = (
                between([0] * KNOTS, image[b, i, row, column].item()),
                between([0] * 3, 2 * row / 4 - 1),
                between([0] * 4, 2 * column / 5 - 1),
            )
            for (k, w_k), (y, w_y), (x, w_x) in itertools.product(*axes):
                expected += w_k * w_y * w_x * knots[b, (o * 3 + i) * KNOTS + k, y, x].item()
        assert found[b, o, row, column].item() == pytest.approx(expected, abs=1e-10)


def test_curves_have_the_gradient_of_what_they_read_and_of_the_pixels_values():
    torch.manual_seed(0)
    knots = torch.randn(1, 9 * KNOTS, 2, 3, dtype=torch.float64, requires_grad=True)
    image = (torch.rand(1, 3, 3, 4, dtype=torch.float64) * 1.9 - 0.95).requires_grad_()
    assert torch.autograd.gradcheck(read_curves, (knots, image))


def test_jitter_moves_every_place_by_a_quarter_of_a_pixel_at_most():
    torch.manual_seed(0)
    width, height = 40, 24
    columns = torch.arange(width).expand(height, width).double()
    for axis, side in ((columns, width), (torch.arange(height).double()[:, None].expand(height, width), height)):
        # Flat curves as high as the column or the row, a third for each channel that is read.
        knots = (axis / 3).expand(1, 9 * KNOTS, height, width)
        image = torch.zeros(1, 3, height, width, dtype=torch.float64)
        torch.testing.assert_close(read_curves(knots, image)[0], axis.expand(3, height, width))
        moved = read_curves(knots, image, jitter=True)[0] - axis
        assert torch.allclose(moved[0], moved[1])
        inner = moved[0, 1:-1, 1:-1]
        bound = 0.25 * (side - 1) / side
        assert 0.95 * bound < inner.max() <= bound and -bound <= inner.min() < -0.95 * bound
        assert inner.mean().abs() < 0.05 and inner.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)


def test_without_curves_the_translation_is_the_base():
    torch.manual_seed(0)
    generator = CurveGenerator(4, 1, size=32).double()
    nn.init.zeros_(generator.curves[-1].weight), nn.init.zeros_(generator.curves[-1].bias)
    nn.init.normal_(generator.base[-2].weight, std=0.1)
    small, large = (torch.rand(2, 3, *size, dtype=torch.float64) * 2 - 1 for size in ((32, 24), (64, 24)))
    translated, base = generator.both(small)
    torch.testing.assert_close(translated, generator.base(small))
    torch.testing.assert_close(base, generator.base(small))
    translated, base = generator.both(large)
    # Every second row decides.
    torch.testing.assert_close(base, generator.base(large[..., ::2, :]))
    stretched = F.interpolate(base.atanh(), (64, 24), mode="bilinear", align_corners=True).tanh()
    torch.testing.assert_close(translated, stretched)
    assert generator.shrink(small) is small and torch.equal(generator(large), translated)


def test_curves_come_from_three_replicating_convolutions():
    generator, x = CurveGenerator(4, 1), torch.rand(1, 4, 8, 8)
    expected = x
    for layer, activation in zip(generator.curves[::2], (F.relu, F.relu, lambda x: x), strict=True):
        padded = F.pad(expected, (1, 1, 1, 1), mode="replicate")
        expected = activation(F.conv2d(padded, layer.weight, layer.bias))
    torch.testing.assert_close(generator.curves(x), expected)
    assert expected.shape[1] == 72
