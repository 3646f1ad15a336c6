"""The generator of CycleGAN and VSAIT, and the fixed Gaussian layers of the latter."""

import pytest
import torch

from baselines.resnet_generator import GaussianDown, GaussianUp, ResnetGenerator


def parameters(resampling: str, blocks: int) -> int:
    return sum(p.numel() for p in ResnetGenerator(64, blocks, resampling).parameters())


@pytest.mark.parametrize(("blocks", "expected"), [(9, 11_378_179), (6, 7_837_699)])
def test_generator_has_the_published_parameter_count(blocks, expected):
    with torch.device("meta"):
        assert parameters("strided", blocks) == expected
        assert parameters("gaussian", blocks) == expected


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
