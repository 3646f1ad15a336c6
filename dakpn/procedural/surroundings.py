"""The street itself: sky, ground, buildings, walls and fences. Sizes in metres."""

import numpy as np

from dakpn.procedural import street_objects as things
from dakpn.procedural.scene import FAR, ON_GROUND, Random, choice, ellipse, jitter

EGO, GROUND, ROAD, SIDEWALK, BUILDING, WALL, FENCE, TERRAIN, SKY = 1, 6, 7, 8, 11, 12, 13, 22, 23
FACADES = (
    (0.76, 0.52, 0.38), (0.60, 0.34, 0.27), (0.80, 0.74, 0.62), (0.48, 0.52, 0.58), (0.72, 0.63, 0.42),
    (0.62, 0.60, 0.60),
)  # fmt: skip
LENGTH = 110.0  # metres of street that are modelled


def sky(view: things.View, rng: Random) -> None:
    top = jitter(rng, (0.34, 0.56, 0.90), 0.05)
    bands = 7
    for k in range(bands):
        t = k / (bands - 1)
        colour = tuple((1 - t) * a + t * b for a, b in zip(top, (0.74, 0.84, 0.93), strict=True))
        upper = view.horizon * k / bands
        points = [(0, upper), (view.width, upper), (view.width, view.height), (0, view.height)]
        view.polygon(points, SKY, colour, FAR, detail=k > 0)
    for x, y, r in rng.uniform((0, 0.05, 0.04), (1, 0.8, 0.13), (int(rng.random() * 5), 3)).tolist():
        points = ellipse(x * view.width, y * view.horizon, r * view.width, 0.3 * r * view.width)
        view.polygon(points, SKY, jitter(rng, (0.88, 0.90, 0.94), 0.02), FAR, detail=True)


def far_end(view: things.View, rng: Random, leaf: tuple) -> None:
    x = -60.0
    while x < 60:
        across, tall = rng.uniform(6, 16), rng.uniform(5, 18)
        if rng.random() < 0.55:
            points = view.quad((x, 0, LENGTH), (x + across, tall, LENGTH))
            view.polygon(points, BUILDING, jitter(rng, choice(rng, FACADES)), LENGTH)
        else:
            u, v = view.project(x + across / 2, 0.3 * tall, LENGTH)
            scale = view.focal / LENGTH
            view.polygon(
                ellipse(u, v, 0.6 * across * scale, 0.5 * tall * scale), things.VEGETATION, jitter(rng, leaf), LENGTH
            )
        x += across


def ground(view: things.View, rng: Random, road: float, pavement: float, grass: list[bool]) -> None:
    near = 0.6 * view.focal * view.eye / max(view.height - view.horizon, 1.0)

    def strip(
        left: float,
        right: float,
        klass: int,
        colour: tuple,
        start: float = near,
        end: float = LENGTH * 1.5,
        detail: bool = False,
    ) -> None:
        points = [
            view.project(left, 0, start), view.project(right, 0, start), view.project(right, 0, end),
            view.project(left, 0, end),
        ]  # fmt: skip
        view.polygon(points, klass, colour, ON_GROUND, detail=detail)

    paved, asphalt = jitter(rng, (0.62, 0.57, 0.54)), jitter(rng, (0.31, 0.31, 0.34))
    for side, green in zip((-1, 1), grass, strict=True):
        outer = TERRAIN if green else choice(rng, (SIDEWALK, SIDEWALK, TERRAIN, GROUND))
        colour = {TERRAIN: (0.52, 0.54, 0.22), SIDEWALK: paved, GROUND: (0.50, 0.45, 0.42)}[outer]
        strip(*sorted((0.0, side * 300.0)), outer, jitter(rng, colour))
        strip(*sorted((0.0, side * (road + pavement * (0.55 if green else 1.0)))), SIDEWALK, paved)
        strip(*sorted((0.0, side * (road + 0.18))), SIDEWALK, jitter(rng, (0.72, 0.70, 0.68)), detail=True)
    strip(-road, road, ROAD, asphalt)
    white = jitter(rng, (0.86, 0.85, 0.80), 0.03)
    for edge in (-road + 0.3, road - 0.3) if rng.random() < 0.6 else ():
        strip(edge - 0.07, edge + 0.07, ROAD, white, detail=True)
    centre = (0.88, 0.72, 0.20) if rng.random() < 0.4 else white
    for k in range(9):
        start = 3.0 + 6.0 * k
        strip(-0.09, 0.09, ROAD, centre, max(start, near), start + 3.0, detail=True)
    if rng.random() < 0.25:
        start = rng.uniform(7, 20)
        for k in range(int(2 * road)):
            strip(-road + k, -road + k + 0.5, ROAD, white, start, start + 3, detail=True)


def building(
    view: things.View,
    rng: Random,
    storeys: tuple[float, float],
    x: float,
    side: int,
    near: float,
    far: float,
) -> None:
    floors = int(rng.uniform(*storeys))
    tall = 3.2 * floors + 0.8
    colour = jitter(rng, choice(rng, FACADES), 0.06)
    depth = (near * far) ** 0.5
    lit = 1.05 if side > 0 else 0.78
    back = x + side * 12
    view.polygon(view.quad((x, 0, near), (back, tall, near)), BUILDING, colour, near, shade=1.83 - lit)
    view.polygon(view.quad((x, 0, near), (x, tall, far)), BUILDING, colour, depth, shade=lit)
    view.polygon(
        view.quad((x, 0, near), (x, 0.9, far)), BUILDING, jitter(rng, colour), depth, shade=0.7 * lit, detail=True
    )
    if depth > 45:
        return
    columns = max(2, int((far - near) / 3.5))
    pane = jitter(rng, choice(rng, ((0.20, 0.25, 0.32), (0.34, 0.42, 0.50), (0.14, 0.15, 0.18))), 0.03)
    step = (far - near) / columns
    for floor in range(floors):
        # Above the top of the picture nothing needs painting.
        if view.project(x, 3.2 * floor, far)[1] < 0:
            break
        for column in range(columns):
            a = near + (column + 0.25) * step
            points = view.quad((x, 3.2 * floor + 1.2, a), (x, 3.2 * floor + 2.7, a + 0.5 * step))
            view.polygon(points, BUILDING, pane, depth, shade=lit, detail=True)


def barrier(view: things.View, rng: Random, klass: int, x: float, near: float, far: float) -> None:
    tall, depth = rng.uniform(1.4, 2.6), (near * far) ** 0.5
    if klass == WALL:
        view.polygon(
            view.quad((x, 0, near), (x, tall, far)),
            WALL,
            jitter(rng, choice(rng, ((0.66, 0.62, 0.56), (0.56, 0.40, 0.34)))),
            depth,
            shade=0.92,
        )
        view.polygon(
            view.quad((x, tall - 0.2, near), (x, tall, far)), WALL, jitter(rng, (0.74, 0.72, 0.68)), depth, detail=True
        )
        return
    bars = jitter(rng, choice(rng, ((0.22, 0.30, 0.26), (0.52, 0.38, 0.24), (0.60, 0.62, 0.64))))
    view.polygon(view.quad((x, 0, near), (x, tall, far)), FENCE, jitter(rng, (0.44, 0.42, 0.34)), depth)
    posts = np.geomspace(near, far, 12).tolist()
    for a, b in zip(posts[:-1], posts[1:], strict=True):
        view.polygon(view.quad((x, 0, a), (x, tall, a + 0.4 * (b - a))), FENCE, bars, depth, detail=True)
    view.polygon(view.quad((x, tall - 0.25, near), (x, tall - 0.05, far)), FENCE, bars, depth, shade=0.9, detail=True)
