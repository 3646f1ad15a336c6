"""Air and lens: what happens to light before the sensor. Images are (H, W, 3) float32 in linear light.

Every function takes (..., strength, rng); strength 1 is the amount its docstring gives.
"""

import math

import numpy as np
from PIL import Image

from dakpn.procedural.game import average
from dakpn.procedural.scene import Random

AIRLIGHT = np.array([0.62, 0.66, 0.70], np.float32)  # a bright overcast horizon


def haze(light: np.ndarray, depth: np.ndarray | None, strength: float, rng: Random) -> np.ndarray:
    """Koschmieder: L t + A (1 - t), t = exp(-3.912 d / visibility), visibility 250 to 500 m at strength 1.

    Without depth a veiling glare: 15 to 30 % of the image's mean light is spread evenly over it.
    """
    if depth is None:
        glare = strength * rng.uniform(0.15, 0.30)
        return (1 - glare) * light + glare * light.mean((0, 1))
    extinction = strength * 3.912 / rng.uniform(250, 500)
    clear = np.exp(-extinction * depth).astype(np.float32)[..., None]
    return light * clear + AIRLIGHT * (1 - clear)


def defocus(
    light: np.ndarray, depth: np.ndarray, soft: np.ndarray, unit: float, strength: float, rng: Random
) -> np.ndarray:
    """Blur by a Gaussian whose width depends on depth and class: sigma = 0.5 + 0.5 |1 - f / d| + 0.6 soft units at
    strength 1.

    |1 - f / d| (at most 2) is the thin lens's blur circle with the focus at distance f: the median depth of the central
    quarter, within 30 %. Between the blurred versions that are computed, pixels are interpolated linearly.
    """
    height, width = depth.shape
    centre = depth[height // 4 : height - height // 4, width // 4 : width - width // 4]
    focus = float(np.median(centre)) * rng.uniform(0.7, 1.3)
    sigma = (
        strength * unit * rng.uniform(0.8, 1.2) * (0.5 + 0.5 * np.minimum(np.abs(1 - focus / depth), 2.0) + 0.6 * soft)
    )
    levels = [0.0, 0.5 * strength * unit, 1.1 * strength * unit, 2.0 * strength * unit]
    blurred = [light] + [gaussian_blur(light, level) for level in levels[1:]]
    result = np.zeros_like(light)
    for k, (level, image) in enumerate(zip(levels, blurred, strict=True)):
        below = np.clip((sigma - levels[k - 1]) / (level - levels[k - 1]), 0, 1) if k else 1.0
        above = np.clip((levels[k + 1] - sigma) / (levels[k + 1] - level), 0, 1) if k + 1 < len(levels) else 1.0
        result += image * np.minimum(below, above).astype(np.float32)[..., None]
    return result


def gaussian_blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Separable Gaussian cut at 3 sigma, replicated border.

    Above 2 pixels it is computed at half the resolution (an edge comes out wrong by at most about 1 % of its height),
    so that the cost per pixel does not grow with the image's size.
    """
    height, width = image.shape[:2]
    if sigma > 2 and height % 2 == 0 and width % 2 == 0:
        small = gaussian_blur(average(image), sigma / 2)
        channels = [Image.fromarray(np.ascontiguousarray(small[..., c])) for c in range(image.shape[2])]
        return np.stack([np.asarray(c.resize((width, height), Image.Resampling.BILINEAR)) for c in channels], -1)
    radius = max(1, math.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis, length in enumerate((height, width)):
        pad = [(radius, radius) if a == axis else (0, 0) for a in range(3)]
        padded = np.pad(image, pad, mode="edge")
        window = [slice(None)] * 3
        window[axis] = slice(radius, radius + length)
        total = weights[radius] * padded[tuple(window)]
        # The two taps at equal distance share one multiplication.
        for distance in range(1, radius + 1):
            window[axis] = slice(radius - distance, radius - distance + length)
            other = window.copy()
            other[axis] = slice(radius + distance, radius + distance + length)
            total += weights[radius + distance] * (padded[tuple(window)] + padded[tuple(other)])
        image = total
    return image


def motion_blur(light: np.ndarray, unit: float, strength: float, rng: Random) -> np.ndarray:
    """A straight movement of 0 to 3 units during the exposure at strength 1, mostly horizontal."""
    length, angle = strength * unit * rng.uniform(0, 3), rng.normal(0, 0.4)
    taps = math.ceil(length) + 1
    total = np.zeros_like(light)
    margin = math.ceil(length) + 1
    padded = np.pad(light, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    height, width = light.shape[:2]
    for place in (np.arange(taps) - (taps - 1) / 2) * (length / taps):
        y, x = margin + place * math.sin(angle), margin + place * math.cos(angle)
        i, j = math.floor(y), math.floor(x)
        v, u = y - i, x - j
        rows = (1 - v) * padded[i : i + height] + v * padded[i + 1 : i + 1 + height]
        total += (1 - u) * rows[:, j : j + width] + u * rows[:, j + 1 : j + 1 + width]
    return (total / taps).astype(np.float32)


def vignetting(light: np.ndarray, strength: float, rng: Random) -> np.ndarray:
    """cos^4 of the field angle, 32 to 40 degrees in the corners, to the power of the strength."""
    height, width = light.shape[:2]
    corner = math.tan(math.radians(rng.uniform(32, 40)))
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    squared = (y**2 * height**2 + x**2 * width**2) / (height**2 + width**2) * corner**2
    return light * ((1 + squared) ** (-2 * strength)).astype(np.float32)[..., None]


def cloud(rng: Random, height: int, width: int) -> np.ndarray:
    """(height, width) float32 noise of three octaves, unit variance; its grain is relative to the height."""
    total = np.zeros((height, width), np.float32)
    for cells in (96, 48, 20):
        rows, columns = cells, max(1, round(cells * width / height))
        coarse = rng.standard_normal((rows, columns), np.float32)
        fine = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR))
        # Interpolation lowers the variance to about 4/9.
        total += fine * np.float32(1.5 / math.sqrt(3))
    return total
