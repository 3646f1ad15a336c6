"""The game renderer: flat, clean and sharp; also the light that the camera starts from."""

import numpy as np

from dakpn.procedural.scene import SUPERSAMPLING, Scene


def srgb_to_linear(value: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1 decoding, values in [0, 1]."""
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(value: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1 encoding, values clipped to [0, 1]."""
    value = np.clip(value, 0, 1)
    return np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)


def average(image: np.ndarray) -> np.ndarray:
    """(2H, 2W, C) -> (H, W, C), mean of 2x2."""
    return (image[0::2, 0::2] + image[1::2, 0::2] + image[0::2, 1::2] + image[1::2, 1::2]) * np.float32(0.25)


def radiance(scene: Scene, albedo: np.ndarray | None = None) -> np.ndarray:
    """(2H, 2W, 3) float32 linear light that leaves the parts; albedo: (P, 3) sRGB in place of the scene's own."""
    table = srgb_to_linear(scene.albedo if albedo is None else albedo) * scene.shade[:, None]
    return table.astype(np.float32)[scene.parts]


def quantise(display: np.ndarray) -> np.ndarray:
    """Display values in [0, 1] -> uint8 in 3..252. No channel saturates: colours at the corners of the RGB cube have no
    well-defined hue, and translators that work in HSV would be judged by them alone."""
    return (np.clip(display, 0, 1) * 249 + 3.5).astype(np.uint8)


def render_game(scene: Scene, *, full: bool = False) -> np.ndarray:
    """(H, W, 3) uint8, anti-aliased by 2x2 averaging in linear light; full: (2H, 2W, 3) without the averaging."""
    light = radiance(scene)
    return quantise(linear_to_srgb(light if full else average(light)))


assert SUPERSAMPLING == 2  # `average` is written for it
