"""The colour conversions with the released code's behaviour at sextant borders, for `protocol: released`."""

import torch
from torch import Tensor

# Reconstructed from the measured losses: with this summand 45 % of the colours B = R > G and 4 % of G = B > R land
# exactly on a border in single precision, as in the released code; on the borders G > R = B and B > R = G all do.
EPSILON = 1e-7


def rgb_to_hsv_released(rgb: Tensor) -> Tensor:
    """Hue (in turns), saturation and value (B,3,H,W) of an RGB image (B,3,H,W) in [0,1], with guarded divisions."""
    red, green, blue = rgb.unbind(1)
    value = rgb.amax(1)
    chroma = value - rgb.amin(1)
    divisor = chroma + EPSILON
    sextant = torch.where(
        value == red,
        torch.remainder((green - blue) / divisor, 6.0),
        torch.where(value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    return torch.stack((sextant / 6, chroma / (value + EPSILON), value), 1)


def hsv_to_rgb_released(hsv: Tensor) -> Tensor:
    """RGB image (B,3,H,W) of any real hue, saturation and value, without wrapping or clamping.

    A hue of exactly 1/6, 2/6, 3/6, 4/6 or 5/6 or above 1 belongs to no sextant and comes out as the grey
    value - chroma; a hue below 0 counts as the first sextant, a hue of exactly 1 as the last.
    """
    hue, saturation, value = hsv.unbind(1)
    chroma = saturation * value
    second = chroma * (1 - (torch.remainder(6 * hue, 2.0) - 1).abs())
    zero = torch.zeros_like(chroma)
    sextants = (
        (hue < 1 / 6, (chroma, second, zero)),
        ((hue > 1 / 6) & (hue < 2 / 6), (second, chroma, zero)),
        ((hue > 2 / 6) & (hue < 3 / 6), (zero, chroma, second)),
        ((hue > 3 / 6) & (hue < 4 / 6), (zero, second, chroma)),
        ((hue > 4 / 6) & (hue < 5 / 6), (second, zero, chroma)),
        ((hue > 5 / 6) & (hue <= 1), (chroma, zero, second)),
    )
    rgb = torch.zeros_like(hsv)
    for inside, colour in sextants:
        rgb = torch.where(inside.unsqueeze(1), torch.stack(colour, 1), rgb)
    return rgb + (value - chroma).unsqueeze(1)
