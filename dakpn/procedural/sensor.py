"""Exposure, sensor and picture processing. Images are (H, W, 3) float32 in linear light unless said otherwise.

Every function takes (..., strength, rng); strength 1 is the amount its docstring gives.
"""

import io

import numpy as np
from PIL import Image

from dakpn.procedural.game import linear_to_srgb
from dakpn.procedural.scene import Random

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # BT.709


def exposure(light: np.ndarray, strength: float, rng: Random) -> np.ndarray:
    """-1 stop with a standard deviation of 0.5: highlights are protected, metering errs."""
    return light * np.float32(2.0 ** (strength * rng.normal(-1.0, 0.5)))


def noise(light: np.ndarray, strength: float, rng: Random, *, pixel_area: float = 1.0) -> np.ndarray:
    """Poisson-Gaussian (EMVA 1288): variance = shot * L + read^2, with shot 0.0028 and read 0.012 of full scale.

    The strength multiplies the standard deviation, times 0.7 to 1.4 from picture to picture (gain). Signal-to-noise
    falls with the root of the pixel's area.
    """
    gain = strength * np.exp(rng.uniform(-0.35, 0.35)) / np.sqrt(pixel_area)
    deviation = np.sqrt(0.0028 * np.clip(light, 0, 1) + 0.012**2) * np.float32(gain)
    return np.clip(light + deviation.astype(np.float32) * rng.standard_normal(light.shape, np.float32), 0, 1)


def white_balance(light: np.ndarray, strength: float, rng: Random) -> np.ndarray:
    """An illuminant -25 +- 25 mired off (towards blue); 1 mired changes red over blue by 0.65 %, the slope of Planck's
    law at daylight."""
    mired = strength * rng.normal(-25, 25)
    gains = np.exp(0.00325 * mired * np.array([1.0, 0.0, -1.0]))
    return light * (gains / (gains @ LUMA)).astype(np.float32)


def tone(light: np.ndarray, strength: float, rng: Random) -> np.ndarray:
    """Linear light -> display values in [0, 1]: mixes sRGB's curve with BT.709's, an S-curve and 45 % less saturation.

    The S-curve is a smoothstep mixed in to 20 to 40 %.
    """
    light = np.clip(light, 0, 1)
    rec709 = np.where(light < 0.018, 4.5 * light, 1.099 * np.maximum(light, 0.018) ** 0.45 - 0.099)
    display = (1 - strength) * linear_to_srgb(light) + strength * rec709
    steep = strength * rng.uniform(0.2, 0.4)
    display = (1 - steep) * display + steep * display**2 * (3 - 2 * display)
    grey = (display @ LUMA)[..., None]
    pale = strength * rng.uniform(0.35, 0.55)
    return ((1 - pale) * display + pale * grey).astype(np.float32)


def jpeg(image: np.ndarray, strength: float, rng: Random) -> np.ndarray:
    """uint8 -> uint8 through JPEG of quality 100 - 25 * strength * (0.4 ... 1), so 75 to 90 at strength 1, chroma
    halved."""
    quality = round(100 - 25 * strength * rng.uniform(0.4, 1.0))
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=max(quality, 10), subsampling=2)
    # Decoded values may touch 0 and 255; the bounds are those of game.quantise.
    return np.clip(np.asarray(Image.open(stream)), 3, 252)
