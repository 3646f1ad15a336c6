"""Hair, glasses, hats and masks: what is painted around and over a face."""

from dakpn.procedural.face_parts import BACK_DEPTH, FACEWEAR, GLASSES, HAIR, HEAD_WIDTH, HEADWEAR, Head, arc, band
from dakpn.procedural.scene import Colour, Random, ellipse, jitter


def back_hair(head: Head, rng: Random, hair: Colour, length: float) -> None:
    """Hair behind the head, falling to `length` head units below its centre."""
    side = HEAD_WIDTH + rng.uniform(0.16, 0.32)
    points = [*arc(side, 1.2, 180, 360, y=-0.02), (side + 0.08, length), (-side - 0.08, length)]
    head.paint(points, HAIR, hair, shade=0.7, depth=BACK_DEPTH)
    for k in range(-2, 3):
        u = 0.42 * k * side
        points = [(u - 0.05, -0.9), (u + 0.05, -0.9), (1.2 * u + 0.08, length), (1.2 * u - 0.04, length)]
        head.paint(points, HAIR, hair, shade=0.88, depth=BACK_DEPTH, detail=True)


def front_hair(head: Head, rng: Random, hair: Colour, *, locks: float) -> None:
    """The cap of hair above the forehead; locks: how far strands fall beside the face (over ears and skin)."""
    hairline, part = rng.uniform(0.52, 0.68), rng.uniform(-0.3, 0.3)
    thick = rng.uniform(1.08, 1.2)
    outer = arc(HEAD_WIDTH + 0.08, thick, 172, 368, y=0.02)
    inner = [
        (HEAD_WIDTH - 0.05, -0.12), (HEAD_WIDTH - 0.16, -hairline + 0.12), (part + 0.2 + 0.1 * head.yaw, -hairline),
        (part, -hairline - 0.08), (part - 0.25, -hairline + 0.02), (-HEAD_WIDTH + 0.14, -hairline + 0.12),
        (-HEAD_WIDTH + 0.05, -0.12),
    ]  # fmt: skip
    head.paint(outer + inner, HAIR, hair)
    for k in range(4):
        start = 195 + 38 * k
        points = arc(HEAD_WIDTH + 0.04, thick - 0.05, start, start + 20, corners=5) + [(part * 0.8, -hairline - 0.15)]
        head.paint(points, HAIR, hair, shade=(1.25, 0.85)[k % 2], detail=True)
    if locks > 0:
        for side in (-1, 1):
            u = side * HEAD_WIDTH
            points = [
                (u + 0.12 * side, -0.3), (u + 0.22 * side, locks), (u - 0.02 * side, locks + 0.15),
                (u - 0.12 * side, -0.1), (u - 0.10 * side, -0.5),
            ]  # fmt: skip
            head.paint(points, HAIR, hair, shade=0.92)


def glasses(head: Head, rng: Random, *, opaque: bool) -> None:
    """Frames; opaque lenses are glasses, clear ones carry the class behind them."""
    frame = jitter(rng, ((0.12, 0.11, 0.13), (0.42, 0.22, 0.12), (0.66, 0.62, 0.52))[int(rng.random() * 3)], 0.03)
    wide, high, stroke = rng.uniform(0.22, 0.26), rng.uniform(0.15, 0.2), rng.uniform(0.05, 0.08)
    for side in (-1, 1):
        u, v = head.turn(0.33 * side), -0.11
        outer, inner = ellipse(u, v, wide, high), ellipse(u, v, wide - stroke, high - stroke)
        ring = [*outer, outer[0], *reversed([*inner, inner[0]])]
        head.paint(outer if opaque else ring, GLASSES, frame, depth=0.88)
        if opaque:
            head.paint(inner, GLASSES, (0.17, 0.18, 0.21), depth=0.88, detail=True)
            points = [(u - 0.1, v - 0.07), (u, v - 0.09), (u - 0.05, v + 0.04)]
            head.paint(points, GLASSES, (0.36, 0.40, 0.46), depth=0.88, detail=True)
        end = side * (HEAD_WIDTH - 0.02)
        head.paint(band([(u + side * wide * 0.9, v - 0.06), (end, v - 0.07)], 0.06), GLASSES, frame, depth=0.88)
    head.paint(band([(head.turn(-0.13), -0.15), (head.turn(0.13), -0.15)], 0.055), GLASSES, frame, depth=0.88)


def hat(head: Head, rng: Random, colour: Colour) -> None:
    brim, crown = rng.uniform(-0.62, -0.5), rng.uniform(1.2, 1.45)
    side = HEAD_WIDTH + 0.13
    points = [*arc(side, crown + brim, 180, 360, y=brim), (side, brim + 0.1), (-side, brim + 0.1)]
    head.paint(points, HEADWEAR, colour, depth=0.95)
    points = arc(0.8 * side, 0.9 * (crown + brim), 200, 290, y=brim) + [(0.0, brim)]
    head.paint(points, HEADWEAR, colour, shade=1.2, depth=0.95, detail=True)
    if rng.random() < 0.6:
        wide = side + (0.45 if rng.random() < 0.4 else 0.05)
        head.paint(ellipse(0.1 * head.yaw, brim + 0.08, wide, 0.13), HEADWEAR, colour, shade=0.75, depth=0.9)
    else:
        head.paint(band([(-side, brim - 0.1), (side, brim - 0.1)], 0.2), HEADWEAR, colour, shade=0.8, depth=0.95)


def face_mask(head: Head, rng: Random) -> None:
    colour = jitter(rng, (0.55, 0.74, 0.82))
    points = [(-HEAD_WIDTH, 0.05), (head.turn(0), 0.14), (HEAD_WIDTH, 0.05), *arc(HEAD_WIDTH, 0.98, 15, 165)]
    head.paint(points, FACEWEAR, colour)
