"""The translation function T of Eq. 1: colour in HSV, local blur, fixed noise. Pure functions on (B,3,H,W) images."""

from collections.abc import Iterable

import torch
from torch import Tensor

from dakpn.model.blur import local_gaussian_blur
from dakpn.model.kernels import Kernels
from dakpn.model.released import hsv_to_rgb_released, rgb_to_hsv_released

__all__ = ["COMPONENTS", "fixed_noise", "hsv_to_rgb", "local_gaussian_blur", "rgb_to_hsv", "translate"]

COMPONENTS = ("affine", "blur", "noise")
OPERATORS = ("paper", "released")

# Colours closer to grey than this have no hue: far below one 8-bit step, far above where 1/chroma overflows.
GREY = 1e-6


def rgb_to_hsv(rgb: Tensor) -> Tensor:
    """Hue (in turns), saturation and value, (B,3,H,W) in [0,1], of an RGB image (B,3,H,W) in [0,1].

    Grey has hue 0, black has saturation 0. Gradients are finite everywhere; on grey the hue has none.
    """
    red, green, blue = rgb.unbind(1)
    value = rgb.amax(1)
    chroma = value - rgb.amin(1)
    coloured = chroma > GREY
    divisor = torch.where(coloured, chroma, 1.0)
    sextant = torch.where(
        value == red,
        (green - blue) / divisor,
        torch.where(value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    hue = torch.where(coloured, torch.remainder(sextant / 6, 1.0), 0.0)
    saturation = chroma / value.clamp(min=GREY)
    return torch.stack((hue, saturation, value), 1)


def hsv_to_rgb(hsv: Tensor) -> Tensor:
    """RGB image (B,3,H,W) of hue (in turns, any real number, taken modulo 1), saturation in [0,1] and value >= 0.

    A closed form without branches over the sextants, so a hue on a border is as good as any other.
    """
    hue, saturation, value = hsv.unbind(1)
    chroma = saturation * value
    channels = []
    for offset in (5.0, 3.0, 1.0):
        position = torch.remainder(offset + 6 * hue, 6.0)
        missing = torch.minimum(position, 4 - position).clamp(0.0, 1.0)
        channels.append(value - chroma * missing)
    return torch.stack(channels, 1)


def adjust_colour(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """First step of Eq. 1: weight * x + bias on the hue, saturation and value of an RGB image, all (B,3,H,W).

    Where the paper is silent (decision hsv-arithmetic): hue wraps, saturation is clamped to [0,1] and value to >= 0.
    """
    hue, saturation, value = (weight * rgb_to_hsv(image) + bias).unbind(1)
    return hsv_to_rgb(torch.stack((hue, saturation.clamp(0.0, 1.0), value.clamp(min=0.0)), 1))


def translate(
    image: Tensor,
    kernels: Kernels,
    noise: Tensor,
    components: Iterable[str] = COMPONENTS,
    protocol: str = "paper",
) -> Tensor:
    """Eq. 1: the translation (B,3,H,W) in [0,1] of an RGB image (B,3,H,W) in [0,1].

    kernels: parameters at the image's size (Kernels.resize). noise: fixed noise (3,H,W) or (B,3,H,W).
    components: the parts of T that take part, any of COMPONENTS (Table 6 leaves one out).
    protocol: "paper", or "released" for the colour conversion of the released code, which loses hues on sextant
    borders, does not wrap the hue and clamps nothing before the end.
    Raises ValueError for an unknown component or protocol and for parameters or noise of another size.
    """
    components = frozenset((components,) if isinstance(components, str) else components)
    if unknown := components.difference(COMPONENTS):
        names = ", ".join(sorted(map(str, unknown)))
        raise ValueError(f"unknown component {names}; choose from {', '.join(COMPONENTS)}")
    if protocol not in OPERATORS:
        raise ValueError(f"unknown protocol {protocol!r}; choose from {', '.join(OPERATORS)}")
    if any(part.shape != image.shape for part in kernels):
        raise ValueError(f"kernels must have the image's shape {tuple(image.shape)}, not {tuple(kernels.weight.shape)}")
    if noise.shape[-3:] != image.shape[1:]:
        raise ValueError(f"noise must end in the image's shape {tuple(image.shape[1:])}, not {tuple(noise.shape)}")
    out = image
    if "affine" in components:
        if protocol == "paper":
            out = adjust_colour(out, kernels.weight, kernels.bias)
        else:
            out = hsv_to_rgb_released(kernels.weight * rgb_to_hsv_released(out) + kernels.bias)
    if "blur" in components:
        out = local_gaussian_blur(out, kernels.sigma)
    if "noise" in components:
        out = out + kernels.noise * noise
    return out.clamp(0.0, 1.0)


def fixed_noise(height: int, width: int, seed: int) -> Tensor:
    """The constant noise N of Eq. 1, (3,height,width) in [0,1]: drawn from N(0,1), then clamped (paper, section 3.1).

    Half of it is 0 and a sixth is 1, so it brightens: its mean is 0.316. Drawn on the CPU, so a seed means one noise.
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, height, width, generator=generator).clamp_(0.0, 1.0)
