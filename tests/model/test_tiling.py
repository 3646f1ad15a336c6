import pytest
import torch

from dakpn.model.kernels import Kernels
from dakpn.model.tiling import border_step, translate_tiled
from dakpn.model.transforms import fixed_noise, translate

torch.set_num_threads(1)


def random_kernels(batch=1, height=16, width=16) -> Kernels:
    theta = torch.randn(batch, 12, height, width, generator=torch.Generator().manual_seed(0)) * 0.2
    theta[:, :3] += 1
    theta[:, 6:9] += 2
    return Kernels.from_channels(theta)


def test_one_tile_is_the_whole_image():
    image, noise, low = torch.rand(2, 3, 24, 32), fixed_noise(24, 32, seed=0), random_kernels(2)
    whole = translate(image, low.resize((24, 32)), noise)
    torch.testing.assert_close(translate_tiled(image, low, noise, grid=(1, 1)), whole)


def test_each_tile_is_the_translation_of_that_tile_alone():
    image, noise, low = torch.rand(2, 3, 24, 40), fixed_noise(24, 40, seed=0), random_kernels(2)
    out = translate_tiled(image, low, noise, grid=(2, 4))
    cell = Kernels(*(part[..., 8:16, 4:8] for part in low)).resize((12, 10))
    expected = translate(image[..., 12:24, 10:20], cell, noise[..., 12:24, 10:20])
    torch.testing.assert_close(out[..., 12:24, 10:20], expected)


def test_a_batch_is_translated_as_its_images():
    image, noise, low = torch.rand(2, 3, 16, 24), fixed_noise(16, 24, seed=0), random_kernels(2)
    alone = [translate_tiled(image[i : i + 1], Kernels(*(part[i : i + 1] for part in low)), noise) for i in range(2)]
    torch.testing.assert_close(translate_tiled(image, low, noise), torch.cat(alone))


def test_rows_and_columns_beyond_the_last_tile_are_black():
    image, noise = torch.full((1, 3, 20, 26), 0.5), fixed_noise(20, 26, seed=0)
    out = translate_tiled(image, random_kernels(), noise)
    assert out[..., 16:, :].abs().max() == 0 and out[..., 24:].abs().max() == 0
    assert (out[..., :16, :24].amax(1) > 0).all()


def test_tiles_leave_seams_that_the_whole_image_does_not_have():
    ramp = torch.linspace(0, 1, 128).expand(1, 3, 64, 128)
    low, noise = Kernels.identity(1, 16, 16), torch.zeros(3, 64, 128)
    low.sigma.fill_(4.0)
    whole, tiles = translate(ramp, low.resize((64, 128)), noise), translate_tiled(ramp, low, noise)
    assert border_step(tiles) > 2 * border_step(whole)


def test_without_blur_and_with_constant_parameters_there_are_no_seams():
    image, low = torch.rand(1, 3, 64, 64), Kernels.identity(1, 16, 16)
    torch.testing.assert_close(translate_tiled(image, low, torch.zeros(3, 64, 64)), image, atol=1e-5, rtol=0)


def test_gradients_reach_the_low_resolution_parameters():
    theta = torch.cat(random_kernels(), 1).requires_grad_()
    translate_tiled(torch.rand(1, 3, 32, 32), Kernels.from_channels(theta), torch.rand(3, 32, 32)).sum().backward()
    assert theta.grad.isfinite().all() and (theta.grad.abs().amax((0, 2, 3)) > 0).all()


def test_grids_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="8 x 8 cells"):
        translate_tiled(torch.rand(1, 3, 32, 32), random_kernels(height=12), torch.rand(3, 32, 32))
    with pytest.raises(ValueError, match="too small"):
        translate_tiled(torch.rand(1, 3, 7, 32), random_kernels(), torch.rand(3, 7, 32))
