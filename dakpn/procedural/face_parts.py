"""The parts of a head, painted back to front. Coordinates are those of `Head`: the unit is half a head's height.

Classes are FaceSynthetics ids (0 background ... 18 facewear) and, for what only CelebAMask-HQ annotates, 19 earring and
20 necklace; 21 is FaceSynthetics' ignored region. Left and right are the subject's.
"""

import math
from dataclasses import dataclass

from dakpn.procedural.scene import Canvas, Colour, Points, Random, ellipse, jitter

BACKGROUND, SKIN, NOSE, RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW, RIGHT_EAR, LEFT_EAR = range(9)
MOUTH, TOP_LIP, BOTTOM_LIP, NECK, HAIR, BEARD, CLOTHING, GLASSES, HEADWEAR, FACEWEAR = range(9, 19)
EARRING, NECKLACE, IGNORED = 19, 20, 21

HEAD_WIDTH = 0.74
FACE_DEPTH, BACK_DEPTH = 0.9, 1.1  # metres from the camera


@dataclass
class Head:
    """Where a head is and how it is turned, and the painting of shapes in its coordinates.

    x, y: centre in map pixels; scale: half a head's height in map pixels; roll: radians; yaw: -1..1, positive turns the
    face to the right of the picture; light: -1..1, side the light comes from.
    """

    canvas: Canvas
    x: float
    y: float
    scale: float
    roll: float
    yaw: float
    light: float

    def place(self, points: Points) -> Points:
        cos, sin = math.cos(self.roll) * self.scale, math.sin(self.roll) * self.scale
        return [(self.x + cos * u - sin * v, self.y + sin * u + cos * v) for u, v in points]

    def turn(self, u: float) -> float:
        """Horizontal place of a frontal feature on the turned face: shifted, and squeezed on the far side."""
        return u * (1 - 0.22 * abs(self.yaw)) + 0.24 * self.yaw

    def paint(
        self,
        points: Points,
        klass: int,
        colour: Colour,
        *,
        shade: float = 1.0,
        depth: float = FACE_DEPTH,
        detail: bool = False,
    ) -> None:
        self.canvas.polygon(self.place(points), klass, colour, depth, shade=shade, detail=detail)


def arc(
    radius_x: float, radius_y: float, start: float, end: float, *, x: float = 0.0, y: float = 0.0, corners: int = 13
) -> list[tuple[float, float]]:
    """Points on an ellipse from angle start to end in degrees, 0 = right, 90 = down."""
    angles = [math.radians(start + (end - start) * k / (corners - 1)) for k in range(corners)]
    return [(x + radius_x * math.cos(a), y + radius_y * math.sin(a)) for a in angles]


def band(points: list[tuple[float, float]], thickness: float) -> Points:
    """A stroke below the given points."""
    return points + [(x, y + thickness) for x, y in reversed(points)]


def bust(head: Head, rng: Random, skin: Colour, cloth: Colour, *, necklace: bool) -> None:
    """Neck, clothes and necklace; they stay upright when the head rolls."""
    upright = Head(head.canvas, head.x, head.y, head.scale, 0.3 * head.roll, head.yaw, head.light)
    wide, deep = rng.uniform(0.36, 0.48), rng.uniform(1.35, 1.75)
    upright.paint([(-wide, 0.5), (wide, 0.5), (wide + 0.1, 1.9), (-wide - 0.1, 1.9)], NECK, skin, shade=0.78, depth=1.0)
    points = [(-wide, 0.5), (wide, 0.5), (0.8 * wide, 1.12), (-0.8 * wide, 1.12)]
    upright.paint(points, NECK, skin, shade=0.62, depth=1.0, detail=True)
    if necklace:
        metal = jitter(rng, (0.86, 0.72, 0.34))
        upright.paint(band(arc(wide + 0.03, 0.30, 178, 2, y=1.12), 0.085), NECKLACE, metal, depth=1.0)
    low = rng.uniform(1.35, 1.55)
    shape = [
        (-wide - 0.02, low - 0.2), (0, deep + 0.05), (wide + 0.02, low - 0.2), (1.0, low + 0.1), (1.65, low + 0.45),
        (1.9, 4.0), (-1.9, 4.0), (-1.65, low + 0.45), (-1.0, low + 0.1),
    ]  # fmt: skip
    upright.paint(shape, CLOTHING, cloth, depth=1.05)
    points = [(0, deep + 0.05), (wide + 0.02, low - 0.2), (wide + 0.16, low - 0.1), (0.04, deep + 0.4)]
    upright.paint(points, CLOTHING, cloth, shade=0.7, depth=1.05, detail=True)
    points = [(-wide - 0.02, low - 0.2), (0, deep + 0.05), (-0.04, deep + 0.4), (-wide - 0.16, low - 0.1)]
    upright.paint(points, CLOTHING, cloth, shade=1.2, depth=1.05, detail=True)


def ears(head: Head, rng: Random, skin: Colour, *, earrings: bool) -> None:
    metal = jitter(rng, (0.84, 0.74, 0.42))
    for side, klass in ((-1, RIGHT_EAR), (1, LEFT_EAR)):
        if side * head.yaw > 0.45:  # turned away
            continue
        u = side * (HEAD_WIDTH + 0.03) - 0.08 * head.yaw
        head.paint(ellipse(u, -0.02, 0.13, 0.24), klass, skin, shade=0.9, depth=1.0)
        head.paint(ellipse(u, 0.0, 0.06, 0.13, 10), klass, skin, shade=0.6, depth=1.0, detail=True)
        if earrings:
            drop = 0.1 if rng.random() < 0.4 else 0.2
            head.paint(ellipse(u + 0.02 * side, 0.22 + drop, 0.07, drop, 10), EARRING, metal, depth=1.0)


def skull(head: Head, skin: Colour) -> None:
    """The face's skin: an egg with light falling from one side."""
    outline = arc(HEAD_WIDTH, 0.98, 180, 360) + arc(HEAD_WIDTH, 1.0, 0, 180)[1:-1]
    squared = [(u * (1.0 if v < 0.25 else 1.0 - 0.12 * (v - 0.25)), v) for u, v in outline]
    head.paint(squared, SKIN, skin, shade=0.74)
    for k in range(1, 5):
        size = 1 - 0.13 * k
        points = [(u * size + 0.09 * k * head.light * HEAD_WIDTH, v * size + 0.01 * k) for u, v in squared]
        head.paint(points, SKIN, skin, shade=0.74 + 0.085 * k, detail=True)


def features(head: Head, rng: Random, skin: Colour, hair: Colour, *, smile: float, lipstick: bool) -> None:
    """Eyes, brows, nose and mouth; smile: 0..1 opens the mouth."""
    iris = jitter(rng, ((0.32, 0.22, 0.14), (0.28, 0.42, 0.58), (0.34, 0.44, 0.28))[int(rng.random() * 3)])
    apart, level = rng.uniform(0.31, 0.35), rng.uniform(-0.16, -0.08)
    wide, high = rng.uniform(0.14, 0.17), rng.uniform(0.055, 0.085)
    brow = tuple(0.75 * c + 0.02 for c in hair)
    lift, tilt = rng.uniform(0.19, 0.25), rng.uniform(-0.03, 0.05)
    for side, eye, eyebrow in ((-1, RIGHT_EYE, RIGHT_BROW), (1, LEFT_EYE, LEFT_BROW)):
        u = head.turn(side * apart)
        narrow = wide * (1 - 0.35 * max(0.0, side * head.yaw))
        head.paint(ellipse(u, level, narrow + 0.04, high + 0.05), SKIN, skin, shade=0.72, detail=True)
        head.paint(ellipse(u, level, narrow, high), eye, (0.88, 0.86, 0.85))
        gaze = u + 0.03 * head.yaw
        head.paint(ellipse(gaze, level, 0.066, min(0.07, high), 10), eye, iris, detail=True)
        head.paint(ellipse(gaze, level, 0.03, 0.034, 10), eye, (0.07, 0.06, 0.08), detail=True)
        inner, outer = u - side * narrow, u + side * (narrow + 0.05)
        ends = [(inner, level - lift + 0.02), (u, level - lift - 0.035), (outer, level - lift + tilt)]
        head.paint(band(ends, 0.07), eyebrow, brow)
    tip = head.turn(0.0) + 0.10 * head.yaw
    bridge, base = head.turn(0.0), rng.uniform(0.24, 0.31)
    broad = rng.uniform(0.13, 0.18)
    nose = [
        (bridge - 0.05, level + 0.02), (bridge + 0.05, level + 0.02), (tip + 0.6 * broad, base - 0.1),
        (tip + broad, base), (tip + 0.5 * broad, base + 0.06), (tip - 0.5 * broad, base + 0.06), (tip - broad, base),
        (tip - 0.6 * broad, base - 0.1),
    ]  # fmt: skip
    head.paint(nose, NOSE, skin, shade=1.05)
    lit = -1 if head.light > 0 else 1
    points = [
        (bridge, level + 0.02), (bridge + 0.05 * lit, level + 0.02), (tip + broad * lit, base), (tip, base + 0.05),
    ]  # fmt: skip
    head.paint(points, NOSE, skin, shade=0.82, detail=True)
    for side in (-1, 1):
        head.paint(ellipse(tip + 0.5 * side * broad, base + 0.02, 0.035, 0.02, 10), NOSE, skin, shade=0.35, detail=True)
    lips = jitter(
        rng, (0.72, 0.18, 0.26) if lipstick else (0.62 * skin[0] + 0.16, 0.55 * skin[1], 0.55 * skin[2] + 0.04), 0.03
    )
    u, v, half = head.turn(0.0) + 0.03 * head.yaw, rng.uniform(0.50, 0.56), rng.uniform(0.22, 0.28) + 0.08 * smile
    gap = 0.12 * max(0.0, smile - 0.35)
    corner = v - 0.05 * smile
    points = [
        (u - half, corner), (u - 0.4 * half, v - 0.075), (u, v - 0.055), (u + 0.4 * half, v - 0.075),
        (u + half, corner), (u, v + 0.012),
    ]  # fmt: skip
    head.paint(points, TOP_LIP, lips, shade=0.85)
    points = [
        (u - half, corner), (u, v + gap), (u + half, corner), (u + 0.5 * half, v + gap + 0.10),
        (u - 0.5 * half, v + gap + 0.10),
    ]  # fmt: skip
    head.paint(points, BOTTOM_LIP, lips)
    if gap:
        points = [
            (u - 0.85 * half, corner + 0.005), (u, v - 0.005), (u + 0.85 * half, corner + 0.005),
            (u + 0.4 * half, v + gap + 0.01), (u - 0.4 * half, v + gap + 0.01),
        ]  # fmt: skip
        head.paint(points, MOUTH, (0.87, 0.84, 0.80))


def beard(head: Head, rng: Random, hair: Colour) -> None:
    """A full beard that leaves the mouth's surroundings free."""
    outer = arc(HEAD_WIDTH - 0.01, 1.04, 10, 170)
    inner = arc(0.5 * HEAD_WIDTH, rng.uniform(0.62, 0.72), 160, 20, x=0.1 * head.yaw, y=0.06)
    head.paint(outer + inner, BEARD, hair, shade=0.85)
    u = head.turn(0.0)
    head.paint(band(arc(0.26, 0.1, 180, 360, x=u, y=0.46, corners=9), 0.05), BEARD, hair, shade=0.9)
