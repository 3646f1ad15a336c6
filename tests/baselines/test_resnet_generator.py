"""The generator of CycleGAN, CUT, MCT and VSAIT, its fixed layers, and its features at taps."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from baselines.resnet_generator import BinomialDown, BinomialUp, GaussianDown, GaussianUp, ResnetGenerator


def parameters(resampling: str, blocks: int) -> int:
    return sum(p.numel() for p in ResnetGenerator(64, blocks, resampling).parameters())


@pytest.mark.parametrize(("blocks", "expected"), [(9, 11_378_179), (6, 7_837_699)])
def test_generator_has_the_published_parameter_count(blocks, expected):
    with torch.device("meta"):
        for resampling in ("strided", "nearest", "gaussian", "binomial"):
            assert parameters(resampling, blocks) == expected


def test_gaussian_layers_darken_the_rim_of_a_constant_map():
    ones = torch.ones(1, 2, 8, 8)
    down, up = GaussianDown(2)(ones), GaussianUp(2)(ones)
    assert down.shape == (1, 2, 4, 4) and up.shape == (1, 2, 16, 16)
    assert down[0, 0, 0, 2].item() == pytest.approx(0.7259, abs=1e-4)
    assert down[0, 0, 0, 0].item() == pytest.approx(0.5270, abs=1e-4)
    assert up[0, 0, 0, 8].item() == pytest.approx(0.7311, abs=1e-4)
    assert up[0, 0, -1, 8].item() == pytest.approx(0.7311, abs=1e-4)
    assert up[0, 0, 0, 0].item() == pytest.approx(0.5344, abs=1e-4)
    assert torch.allclose(down[..., 1:, 1:], torch.ones(3, 3)) and torch.allclose(
        up[..., 1:-1, 1:-1], torch.ones(14, 14)
    )


def test_gaussian_kernels_have_the_published_values():
    down, up = GaussianDown(1).kernel[0, 0], GaussianUp(1).kernel[0, 0]
    assert [down[1, 1].item(), down[0, 1].item(), down[0, 0].item()] == pytest.approx(
        [0.2042, 0.1238, 0.0751], abs=1e-4
    )
    assert [up[1, 1].item(), up[0, 1].item(), up[0, 0].item()] == pytest.approx([0.5344, 0.1966, 0.0723], abs=1e-4)
    assert GaussianDown(1)(torch.ones(1, 1, 7, 9)).shape == (1, 1, 4, 5)


def test_generator_resampling_is_not_that_of_cyclegan():
    strided = {type(m) for m in ResnetGenerator(4, 1, "strided").modules()}
    gaussian = {type(m) for m in ResnetGenerator(4, 1, "gaussian").modules()}
    assert strided - gaussian == {torch.nn.ConvTranspose2d} and gaussian - strided == {GaussianDown, GaussianUp}


def test_binomial_layers_keep_a_constant_map_and_have_the_published_kernels():
    ones = torch.ones(1, 2, 7, 9)
    down, up = BinomialDown(2), BinomialUp(2)
    assert torch.equal(down(ones), torch.ones(1, 2, 4, 5)) and torch.equal(up(ones), torch.ones(1, 2, 14, 18))
    assert torch.equal(16 * down.kernel[1, 0], torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]))
    rows = torch.tensor([[1.0, 3, 3, 1], [3, 9, 9, 3], [3, 9, 9, 3], [1, 3, 3, 1]])
    assert torch.equal(16 * up.kernel[1, 0], rows)


class Blur(nn.Module):
    """The released resampling as it is described, step by step."""

    def __init__(self, up):
        super().__init__()
        self.up = up

    def forward(self, x):
        row = torch.tensor([1.0, 3, 3, 1] if self.up else [1.0, 2, 1], dtype=x.dtype)
        kernel = torch.outer(row, row) / row.sum() ** 2 * (4 if self.up else 1)
        kernel = kernel.expand(x.shape[1], 1, *kernel.shape)
        if not self.up:
            return F.conv2d(F.pad(x, (1,) * 4, mode="reflect"), kernel, stride=2, groups=x.shape[1])
        x = F.pad(x, (1,) * 4, mode="replicate")
        return F.conv_transpose2d(x, kernel, stride=2, padding=2, groups=x.shape[1])[..., 1:-1, 1:-1]


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = (nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels))
        again = (nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels))
        self.branch = nn.Sequential(*half, nn.ReLU(), *again)

    def forward(self, x):
        return x + self.branch(x)


def published(width, blocks):
    """CUT's generator as the flat list of layers in which its taps are counted."""

    def same(channels, out):
        return nn.Conv2d(channels, out, 3, padding=1), nn.InstanceNorm2d(out), nn.ReLU()

    return nn.Sequential(
        *(nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7), nn.InstanceNorm2d(width), nn.ReLU()),
        *(*same(width, 2 * width), Blur(up=False), *same(2 * width, 4 * width), Blur(up=False)),
        *(Residual(4 * width) for _ in range(blocks)),
        *(Blur(up=True), *same(4 * width, 2 * width), Blur(up=True), *same(2 * width, width)),
        *(nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()),
    ).double()


@pytest.fixture
def twins():
    """CUT's generator and the published list with the same weights, and an image."""
    torch.manual_seed(0)
    ours, theirs = ResnetGenerator(4, 2, "binomial").double(), published(4, 2)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        other.data = mine.data
    return ours, theirs, torch.rand(2, 3, 16, 24, dtype=torch.float64) * 2 - 1


def test_cut_generator_and_every_tap_are_the_published_ones(twins):
    ours, theirs, x = twins
    torch.testing.assert_close(ours(x), theirs(x))
    taps = range(14)
    found = ours.features(x, taps)
    for tap in taps:
        expected = theirs[: tap + 1](x)
        # What comes later must not change a feature in place.
        torch.testing.assert_close(found[tap], expected)
        assert ours.channels(tap) == expected.shape[1]
        torch.testing.assert_close(ours.resume(found[tap], tap), theirs(x))
        torch.testing.assert_close(found[tap], expected)


@pytest.mark.parametrize("resampling", ["strided", "nearest", "gaussian", "binomial"])
def test_features_and_the_rest_have_the_gradient_of_the_whole(resampling):
    torch.manual_seed(0)
    generator, x = ResnetGenerator(4, 1, resampling).double(), torch.rand(1, 3, 16, 16, dtype=torch.float64)
    (feature,) = generator.features(x, [5])
    parted, whole = (
        torch.autograd.grad(out.square().sum(), list(generator.parameters()))
        for out in (generator.resume(feature, 5), generator(x))
    )
    for mine, other in zip(parted, whole, strict=True):
        torch.testing.assert_close(mine, other)


def test_tap_shapes_at_full_width():
    with torch.device("meta"):
        found = ResnetGenerator(resampling="binomial").features(torch.empty(1, 3, 256, 256), (0, 4, 8, 12, 16))
    shapes = [(3, 262, 262), (128, 256, 256), (256, 128, 128), (256, 64, 64), (256, 64, 64)]
    assert [tuple(x.shape[1:]) for x in found] == shapes
