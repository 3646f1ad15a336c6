import colorsys

import pytest
import torch

from dakpn.model.kernels import Kernels
from dakpn.model.released import hsv_to_rgb_released, rgb_to_hsv_released
from dakpn.model.transforms import COMPONENTS, fixed_noise, hsv_to_rgb, rgb_to_hsv, translate

torch.set_num_threads(1)


def colours(step: int) -> torch.Tensor:
    """All 8-bit colours on a grid of this step, (1,3,n,1)."""
    levels = torch.arange(0, 256, step) / 255
    return torch.cartesian_prod(levels, levels, levels).T[None, :, :, None].contiguous()


def kernels(weight=(1, 1, 1), bias=(0, 0, 0), sigma=0.0, noise=0.0, size=(1, 3, 4, 5)) -> Kernels:
    def constant(values):
        return torch.tensor(values, dtype=torch.float32).view(1, -1, 1, 1).expand(size).clone()

    return Kernels(constant(weight), constant(bias), constant([sigma] * 3), constant([noise] * 3))


# Colour conversions


@pytest.mark.parametrize("step", [3, 17, 51, 255])
def test_hsv_round_trip_is_exact_on_a_grid_of_colours(step):
    rgb = colours(step)
    hsv = rgb_to_hsv(rgb)
    assert hsv.min() >= 0 and hsv.max() <= 1
    torch.testing.assert_close(hsv_to_rgb(hsv), rgb, atol=1e-5, rtol=0)


@pytest.mark.slow  # 16.8 million colours
def test_hsv_round_trip_is_exact_on_every_colour():
    levels = torch.arange(256) / 255
    rest = torch.cartesian_prod(levels, levels).T.reshape(1, 2, 256, 256)
    for red in levels:
        rgb = torch.cat((red.expand(1, 1, 256, 256), rest), 1)
        torch.testing.assert_close(hsv_to_rgb(rgb_to_hsv(rgb)), rgb, atol=1e-5, rtol=0)


def test_hsv_agrees_with_the_standard_library():
    rgb = colours(51)
    expected = torch.tensor([colorsys.rgb_to_hsv(*pixel) for pixel in rgb[0, :, :, 0].T.double().tolist()]).T
    torch.testing.assert_close(rgb_to_hsv(rgb)[0, :, :, 0], expected.float(), atol=1e-6, rtol=0)


def test_hue_wraps():
    hsv = torch.rand(1, 3, 8, 8)
    turned = hsv + torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    torch.testing.assert_close(hsv_to_rgb(turned), hsv_to_rgb(hsv), atol=1e-5, rtol=0)


def test_hsv_gradients_are_finite_on_grey_black_and_sextant_borders():
    rgb = torch.cat((colours(51), colours(51) * 1e-9), 2).requires_grad_()
    hsv_to_rgb(rgb_to_hsv(rgb)).square().sum().backward()
    assert rgb.grad.isfinite().all()
    rgb.grad = None
    rgb_to_hsv(rgb).sum().backward()
    assert rgb.grad.isfinite().all()


def test_hsv_gradients_agree_with_finite_differences():
    torch.manual_seed(0)
    rgb = torch.rand(1, 3, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(rgb_to_hsv, rgb)
    hsv = (rgb.detach() * 2 - 0.5).requires_grad_()
    assert torch.autograd.gradcheck(hsv_to_rgb, hsv)


# The released code's colour conversions


def test_released_conversion_loses_the_measured_share_of_colours():
    rgb = colours(5)
    lost = ((hsv_to_rgb_released(rgb_to_hsv_released(rgb)) - rgb).abs().amax(1) > 1e-3).float().mean()
    assert lost.item() == pytest.approx(0.024, abs=0.001)


@pytest.mark.parametrize("colour", [(0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1)])
def test_released_conversion_turns_pure_colours_black(colour):
    rgb = torch.tensor(colour, dtype=torch.float32).view(1, 3, 1, 1)
    assert hsv_to_rgb_released(rgb_to_hsv_released(rgb)).abs().max() < 1e-6


def test_released_conversion_takes_a_negative_hue_for_the_first_sextant():
    rgb = hsv_to_rgb_released(torch.tensor([-0.1, 0.5, 0.8]).view(1, 3, 1, 1)).flatten()
    torch.testing.assert_close(rgb, torch.tensor([0.80, 0.64, 0.40]))


@pytest.mark.parametrize(
    "hue, colour",
    [
        *((turns / 6, (0.2, 0.2, 0.2)) for turns in range(1, 6)),
        (0.0, (0.8, 0.2, 0.2)),
        (1.0, (0.8, 0.2, 0.2)),
        (1.01, (0.2, 0.2, 0.2)),
    ],
)
def test_released_conversion_at_exact_hues(hue, colour):
    rgb = hsv_to_rgb_released(torch.tensor([hue, 0.75, 0.8]).view(1, 3, 1, 1)).flatten()
    torch.testing.assert_close(rgb, torch.tensor(colour))


def test_released_protocol_differs_from_the_papers_on_a_sextant_border():
    green = torch.tensor([0.0, 1, 0]).view(1, 3, 1, 1).expand(1, 3, 4, 5)
    assert translate(green, kernels(), torch.zeros(3, 4, 5), protocol="paper")[0, 1].min() == 1
    assert translate(green, kernels(), torch.zeros(3, 4, 5), protocol="released").max() < 1e-6


# The translation function


def test_identity_parameters_leave_every_colour_unchanged():
    rgb = colours(15).view(1, 3, 72, 81)
    out = translate(rgb, Kernels.identity(1, *rgb.shape[-2:]), fixed_noise(*rgb.shape[-2:], seed=0))
    torch.testing.assert_close(out, rgb, atol=1e-5, rtol=0)


def test_translation_of_a_batch_is_the_batch_of_translations():
    torch.manual_seed(0)
    image, noise = torch.rand(3, 3, 20, 17), fixed_noise(20, 17, seed=1)
    theta = Kernels.from_channels(torch.randn(3, 12, 20, 17))
    together = translate(image, theta, noise)
    alone = [translate(image[i : i + 1], Kernels(*(part[i : i + 1] for part in theta)), noise) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone))
    torch.testing.assert_close(translate(image, theta, noise.expand(3, 3, 20, 17)), together)


def test_affine_scales_the_value():
    image = torch.rand(1, 3, 4, 5)
    out = translate(image, kernels(weight=(1, 1, 0.5)), torch.zeros(3, 4, 5), components=("affine",))
    torch.testing.assert_close(out, image / 2)


def test_affine_hue_wraps_and_saturation_is_clamped():
    image = torch.tensor([0.8, 0.4, 0.4]).view(1, 3, 1, 1)
    turned = kernels(bias=(-1 / 3, 3, 0), size=(1, 3, 1, 1))
    out = translate(image, turned, torch.zeros(3, 1, 1), components=("affine",))
    torch.testing.assert_close(out.flatten(), torch.tensor([0.0, 0, 0.8]), atol=1e-6, rtol=0)


def test_noise_is_scaled_added_and_clamped():
    image, noise = torch.full((1, 3, 4, 5), 0.5), fixed_noise(4, 5, seed=3)
    out = translate(image, kernels(noise=0.75), noise, components=("noise",))
    torch.testing.assert_close(out[0], (0.5 + 0.75 * noise).clamp(0, 1))


def test_missing_components_have_no_effect():
    torch.manual_seed(0)
    image, theta = torch.rand(1, 3, 6, 7), Kernels.from_channels(torch.randn(1, 12, 6, 7))
    assert torch.equal(translate(image, theta, torch.rand(3, 6, 7), components=()), image)


@pytest.mark.parametrize("protocol", ["paper", "released"])
def test_gradients_reach_all_parameters_and_stay_finite(protocol):
    torch.manual_seed(0)
    theta = torch.randn(1, 12, 9, 8).mul_(0.3)
    theta[:, :3] += 1
    theta.requires_grad_()
    image, noise = torch.rand(1, 3, 9, 8), torch.rand(3, 9, 8)
    translate(image, Kernels.from_channels(theta), noise, protocol=protocol).square().sum().backward()
    assert theta.grad.isfinite().all()
    assert (theta.grad.abs().amax((0, 2, 3)) > 0).all()


def test_gradients_of_the_translation_agree_with_finite_differences():
    torch.manual_seed(0)
    image, noise = torch.rand(1, 3, 3, 4, dtype=torch.float64) * 0.6 + 0.1, torch.rand(3, 3, 4, dtype=torch.float64)
    theta = torch.randn(1, 12, 3, 4, dtype=torch.float64) * 0.05
    theta[:, :3] += 0.9
    theta[:, 6:9] += 0.6
    theta.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: translate(image, Kernels.from_channels(x), noise), theta, fast_mode=True)


def test_unknown_components_and_protocols_are_named_with_the_valid_ones():
    image = torch.rand(1, 3, 4, 5)
    with pytest.raises(ValueError, match="sharpen.*affine, blur, noise"):
        translate(image, kernels(), torch.zeros(3, 4, 5), components=("affine", "sharpen"))
    with pytest.raises(ValueError, match="printed.*paper, released"):
        translate(image, kernels(), torch.zeros(3, 4, 5), protocol="printed")


def test_parameters_and_noise_of_another_size_are_refused():
    image = torch.rand(1, 3, 4, 5)
    with pytest.raises(ValueError, match="kernels"):
        translate(image, Kernels.identity(1, 2, 5), torch.zeros(3, 4, 5))
    with pytest.raises(ValueError, match="noise"):
        translate(image, kernels(), torch.zeros(3, 5, 4))


def test_fixed_noise_is_a_clamped_normal_of_its_seed():
    noise = fixed_noise(400, 300, seed=7)
    assert noise.shape == (3, 400, 300) and noise.min() == 0 and noise.max() == 1
    assert noise.mean().item() == pytest.approx(0.316, abs=0.005)
    assert (noise == 1).float().mean().item() == pytest.approx(0.159, abs=0.005)
    assert torch.equal(noise, fixed_noise(400, 300, seed=7))
    assert not torch.equal(noise, fixed_noise(400, 300, seed=8))


def test_all_components_are_the_default():
    assert COMPONENTS == ("affine", "blur", "noise")
