"""Face scenes: a head and shoulders in front of a background.

The two domains differ in `STATISTICS`: the source turns and places heads freely and wears hats, masks and beards more
often, like FaceSynthetics; the target is framed like the aligned portraits of CelebAMask-HQ: frontal, large, smiling,
with more long hair and make-up, and with jewellery that the source does not annotate (decision procedural-scenes).
"""

import math
from types import SimpleNamespace

from dakpn.procedural import face_parts as parts
from dakpn.procedural import headgear
from dakpn.procedural.scene import SUPERSAMPLING, Canvas, Random, Scene, choice, ellipse, jitter

SKINS = ((0.94, 0.76, 0.66), (0.86, 0.66, 0.53), (0.72, 0.50, 0.37), (0.55, 0.36, 0.25), (0.40, 0.26, 0.19))
HAIRS = (
    (0.12, 0.10, 0.10), (0.30, 0.19, 0.12), (0.48, 0.30, 0.16), (0.80, 0.64, 0.34), (0.62, 0.26, 0.12),
    (0.70, 0.68, 0.66),
)  # fmt: skip
CLOTHS = (
    (0.18, 0.28, 0.60), (0.72, 0.16, 0.20), (0.20, 0.52, 0.38), (0.90, 0.86, 0.80), (0.16, 0.16, 0.19),
    (0.80, 0.58, 0.18), (0.50, 0.26, 0.56),
)  # fmt: skip
ROOMS = (
    (0.36, 0.58, 0.84), (0.30, 0.52, 0.26), (0.78, 0.70, 0.56), (0.56, 0.34, 0.26), (0.30, 0.32, 0.40),
    (0.84, 0.82, 0.78), (0.60, 0.44, 0.66),
)  # fmt: skip


# Source's value, target's value. Pairs are the bounds of uniform draws, `spread` values standard deviations, plain
# numbers probabilities.
_VALUES = {
    "scale": ((0.24, 0.34), (0.29, 0.36)),  # half a head's height over the image's height
    "spread": (0.04, 0.015),  # of the head's centre, image heights
    "roll_spread": (0.16, 0.06),  # radians
    "yaw": (0.9, 0.5),  # largest turn, 1 = about 60 degrees
    "clutter": ((4, 11), (0, 5)),  # shapes in the background
    "long_hair": (0.42, 0.62),
    "bald": (0.10, 0.04),
    "hat": (0.32, 0.24),
    "glasses": (0.36, 0.28),
    "opaque": (0.4, 0.5),  # of the glasses
    "beard": (0.22, 0.16),
    "mask": (0.06, 0.0),
    "jewellery": (0.0, 0.40),  # earrings, necklace: each
    "smile": ((0.0, 1.0), (0.2, 1.3)),
    "lipstick": (0.2, 0.5),
    "ignored": (0.3, 0.0),
}
STATISTICS = {
    domain: SimpleNamespace(**{name: values[k] for name, values in _VALUES.items()})
    for k, domain in enumerate(("source", "target"))
}


def face_scene(rng: Random, size: tuple[int, int], domain: str) -> Scene:
    """A random portrait of the domain's statistics; size: (height, width) of the image; domain: source | target."""
    stats = STATISTICS[domain]
    canvas = Canvas(size)
    height, width = size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING
    _background(canvas, rng, stats)
    head = parts.Head(
        canvas,
        x=(0.5 + rng.normal(0, stats.spread)) * width,
        y=(0.47 + rng.normal(0, stats.spread)) * height,
        scale=rng.uniform(*stats.scale) * height,
        roll=rng.normal(0, stats.roll_spread),
        yaw=rng.uniform(-stats.yaw, stats.yaw),
        light=rng.uniform(-1, 1),
    )
    skin, hair = jitter(rng, choice(rng, SKINS), 0.03), jitter(rng, choice(rng, HAIRS), 0.03)
    long_hair, bald, wears_hat = (rng.random() < chance for chance in (stats.long_hair, stats.bald, stats.hat))
    bearded = not long_hair and rng.random() < 2 * stats.beard
    masked = rng.random() < stats.mask
    if long_hair:
        headgear.back_hair(head, rng, hair, rng.uniform(0.7, 1.9))
    earrings, necklace = rng.random() < stats.jewellery, rng.random() < stats.jewellery
    parts.bust(head, rng, skin, jitter(rng, choice(rng, CLOTHS), 0.05), necklace=necklace)
    parts.ears(head, rng, skin, earrings=earrings)
    parts.skull(head, skin)
    if bearded:
        parts.beard(head, rng, hair)
    parts.features(head, rng, skin, hair, smile=rng.uniform(*stats.smile), lipstick=rng.random() < stats.lipstick)
    if masked:
        headgear.face_mask(head, rng)
    if not bald:
        covers_ears = long_hair and not earrings and rng.random() < 0.55
        headgear.front_hair(head, rng, hair, locks=rng.uniform(0.3, 0.9) if covers_ears else 0.0)
    if rng.random() < stats.glasses:
        headgear.glasses(head, rng, opaque=rng.random() < stats.opaque)
    if wears_hat:
        headgear.hat(head, rng, jitter(rng, choice(rng, CLOTHS), 0.05))
    if rng.random() < stats.ignored:
        corner = choice(rng, (0.0, width))
        canvas.polygon(
            ellipse(corner, rng.uniform(0.7, 1.0) * height, 0.05 * width, 0.05 * height, 10), parts.IGNORED, skin, 0.8
        )
    return canvas.scene()


def _background(canvas: Canvas, rng: Random, stats: SimpleNamespace) -> None:
    base = jitter(rng, choice(rng, ROOMS), 0.06)
    w, h = canvas.width, canvas.height
    for k in range(5):
        top = h * k / 5
        canvas.polygon(
            [(0, top), (w, top), (w, h), (0, h)], parts.BACKGROUND, base, 4.0, shade=1.1 - 0.09 * k, detail=k > 0
        )
    for x, y, r, angle in rng.uniform(
        (0, 0, 0.05, 0), (1, 1, 0.3, math.pi), (int(rng.uniform(*stats.clutter)), 4)
    ).tolist():
        colour, depth = jitter(rng, choice(rng, ROOMS)), rng.uniform(2.0, 8.0)
        if angle < 1.3:
            points = ellipse(x * w, y * h, r * w, r * h)
        else:
            cos, sin = math.cos(angle) * r * w, math.sin(angle) * r * w
            points = [
                (x * w + a * cos - b * sin, y * h + a * sin + b * cos)
                for a, b in ((-2, -0.4), (2, -0.4), (2, 0.4), (-2, 0.4))
            ]
        canvas.polygon(points, parts.BACKGROUND, colour, depth, detail=True)
