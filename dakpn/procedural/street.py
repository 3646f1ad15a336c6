"""Street scenes: a straight street in perspective with the 19 classes of Cityscapes and some void ids.

Label ids are those of Cityscapes, plus 34 for licence plates (GTA5). The two domains differ in `STATISTICS`: the source has the
wide streets, high camera and empty pavements of a game set in a large American city, the target the narrow, parked-up streets of
central European towns with more people and cycles (declared choice, after the class shares of the two real data sets).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dakpn.procedural import street_objects as things
from dakpn.procedural.scene import FAR, ON_GROUND, SUPERSAMPLING, Canvas, Scene, choice, ellipse, jitter

EGO, GROUND, ROAD, SIDEWALK, BUILDING, WALL, FENCE, TERRAIN, SKY = 1, 6, 7, 8, 11, 12, 13, 22, 23
FACADES = (
    (0.76, 0.52, 0.38),
    (0.60, 0.34, 0.27),
    (0.80, 0.74, 0.62),
    (0.48, 0.52, 0.58),
    (0.72, 0.63, 0.42),
    (0.62, 0.60, 0.60),
)
LEAVES = ((0.22, 0.46, 0.14), (0.30, 0.50, 0.18), (0.36, 0.46, 0.12))
LENGTH = 110.0  # metres of street that are modelled


@dataclass(frozen=True)
class Statistics:
    """What scenes of a domain look like. Pairs are the bounds of uniform draws; plain numbers are probabilities or rates."""

    camera_height: tuple[float, float]  # metres
    focal: tuple[float, float]  # image widths
    horizon: tuple[float, float]  # image heights from the top
    road: tuple[float, float]  # half width, metres
    pavement: tuple[float, float]  # metres
    storeys: tuple[float, float]
    gap: float  # chance that a stretch of frontage has no building
    terrain: float  # chance of a grass strip beside the pavement, per side
    trees: tuple[float, float]  # per side
    moving: tuple[float, float]  # cars in the lanes
    parked: tuple[float, float]  # cars per side
    people: tuple[float, float]
    furniture: tuple[float, float]  # poles, lights and signs per side
    rare: dict[int, float]  # chance of each rare class
    boundary: tuple[float, float]  # chance of a wall, of a fence, per side
    bonnet: float


STATISTICS = {
    "source": Statistics(
        camera_height=(1.3, 2.3), focal=(0.70, 0.95), horizon=(0.42, 0.56), road=(5.5, 9.0), pavement=(2.5, 4.5), storeys=(2, 9), gap=0.30,
        terrain=0.45, trees=(0, 5), moving=(2, 6), parked=(0, 2.5), people=(0, 4), furniture=(2, 5),
        rare={things.TRUCK: 0.42, things.BUS: 0.34, things.TRAIN: 0.30, things.MOTORCYCLE: 0.50, things.BICYCLE: 0.45}, boundary=(0.34, 0.34), bonnet=0.08,
    ),
    "target": Statistics(
        camera_height=(1.2, 1.5), focal=(0.85, 1.1), horizon=(0.38, 0.48), road=(3.8, 6.5), pavement=(2.0, 4.0), storeys=(3, 5.5), gap=0.20,
        terrain=0.30, trees=(1, 6), moving=(1, 4), parked=(1, 5), people=(2, 8), furniture=(3, 7),
        rare={things.TRUCK: 0.38, things.BUS: 0.34, things.TRAIN: 0.32, things.MOTORCYCLE: 0.48, things.BICYCLE: 0.62}, boundary=(0.32, 0.36), bonnet=1.0,
    ),
}  # fmt: skip

Item = tuple[float, Callable[[], None]]


def street_scene(rng: np.random.Generator, size: tuple[int, int], domain: str) -> Scene:
    """A random street of the domain's statistics; size: (height, width) of the image; domain: source | target."""
    stats = STATISTICS[domain]
    draw = lambda bounds: rng.uniform(*bounds)  # noqa: E731 - reads as a word at each of its thirty uses
    height, width = size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING
    focal = draw(stats.focal) * width
    view = things.View(
        focal, (0.5 + rng.normal(0, 0.04)) * width, draw(stats.horizon) * height, draw(stats.camera_height)
    )
    canvas = Canvas(size, horizon=view.horizon, ground=focal * view.height)
    road, pavement = draw(stats.road), draw(stats.pavement)
    leaf = choice(rng, LEAVES)

    _sky(canvas, view, rng)
    _far_end(canvas, view, rng, leaf)
    _ground(canvas, view, rng, road, pavement, [rng.random() < stats.terrain for _ in range(2)])

    items: list[Item] = []
    for side in (-1, 1):
        items += _frontage(canvas, view, rng, stats, side * (road + pavement), side, leaf)
        edge, kerb = side * (road + 0.85 * pavement), side * (road + 0.6)
        for _ in range(int(draw(stats.trees))):
            items.append(
                _at(
                    rng.uniform(7, 70),
                    things.tree,
                    canvas,
                    view,
                    rng,
                    side * (road + pavement * rng.uniform(0.7, 1.6)),
                    leaf=leaf,
                )
            )
        for _ in range(int(draw(stats.furniture))):
            carries = choice(rng, (things.POLE, things.POLE, things.LIGHT, things.SIGN, things.SIGN))
            items.append(_at(rng.uniform(6, 28), things.pole, canvas, view, rng, kerb, carries=carries))
        z = rng.uniform(5, 14)
        for _ in range(int(draw(stats.parked))):
            items.append((z, lambda x=side * (road - 1.1), z=z: things.vehicle(canvas, view, rng, things.CAR, x, z)))
            z += rng.uniform(5.5, 12)
        for _ in range(int(draw(stats.people) / 2 + rng.random())):
            items.append(_at(rng.uniform(5, 20), things.person, canvas, view, rng, rng.uniform(*sorted((kerb, edge)))))
        if rng.random() < 0.3:
            items.append(_at(rng.uniform(6, 30), _clutter, canvas, view, rng, edge))
    for _ in range(int(draw(stats.moving))):
        items.append(_vehicle_at(rng.uniform(7, 60), canvas, view, rng, things.CAR, rng.uniform(-0.75, 0.75) * road))
    for klass, chance in stats.rare.items():
        if rng.random() >= chance:
            continue
        side = choice(rng, (-1, 1))
        if klass in (things.BICYCLE, things.MOTORCYCLE):
            for _ in range(1 + int(rng.random() * 2)):
                ridden = rng.random() < 0.55
                x = side * (road * rng.uniform(0.3, 0.8) if ridden else road + rng.uniform(0.4, 0.8) * pavement)
                items.append(
                    _at(rng.uniform(4.5, 13), things.two_wheeler, canvas, view, rng, x, klass=klass, ridden=ridden)
                )
        else:
            items.append(
                _vehicle_at(rng.uniform(9, 30), canvas, view, rng, klass, side * road * rng.uniform(0.35, 0.75))
            )
    # Far to near; the sort is stable, so equal seeds give equal pictures.
    for _, paint in sorted(items, key=lambda item: -item[0]):
        paint()
    if rng.random() < stats.bonnet:
        u = view.centre
        points = ellipse(u, height * 1.06, 0.55 * width, rng.uniform(0.10, 0.15) * height, 28)
        canvas.polygon(points, EGO, jitter(rng, (0.24, 0.25, 0.28)), 1.5)
        canvas.polygon(
            [(x, y + 0.012 * height) for x, y in points], EGO, jitter(rng, (0.30, 0.31, 0.35)), 1.5, detail=True
        )
    return canvas.scene()


def _at(
    z: float, paint: Callable, canvas: Canvas, view: things.View, rng: np.random.Generator, x: float, **options
) -> Item:
    return z, lambda: paint(canvas, view, rng, x=x, z=z, **options)


def _vehicle_at(z: float, canvas: Canvas, view: things.View, rng: np.random.Generator, klass: int, x: float) -> Item:
    return z, lambda: things.vehicle(canvas, view, rng, klass, x, z)


def _sky(canvas: Canvas, view: things.View, rng: np.random.Generator) -> None:
    top = jitter(rng, (0.34, 0.56, 0.90), 0.05)
    bands = 7
    for k in range(bands):
        t = k / (bands - 1)
        colour = tuple((1 - t) * a + t * b for a, b in zip(top, (0.74, 0.84, 0.93), strict=True))
        upper = view.horizon * k / bands
        canvas.polygon(
            [(0, upper), (canvas.width, upper), (canvas.width, canvas.height), (0, canvas.height)],
            SKY,
            colour,
            FAR,
            detail=k > 0,
        )
    for x, y, r in rng.uniform((0, 0.05, 0.04), (1, 0.8, 0.13), (int(rng.random() * 5), 3)).tolist():
        points = ellipse(x * canvas.width, y * view.horizon, r * canvas.width, 0.3 * r * canvas.width)
        canvas.polygon(points, SKY, jitter(rng, (0.88, 0.90, 0.94), 0.02), FAR, detail=True)


def _far_end(canvas: Canvas, view: things.View, rng: np.random.Generator, leaf: tuple) -> None:
    x = -60.0
    while x < 60:
        across, tall = rng.uniform(6, 16), rng.uniform(5, 18)
        if rng.random() < 0.55:
            canvas.polygon(
                view.quad((x, 0, LENGTH), (x + across, tall, LENGTH)),
                BUILDING,
                jitter(rng, choice(rng, FACADES)),
                LENGTH,
            )
        else:
            u, v = view.project(x + across / 2, 0.3 * tall, LENGTH)
            scale = view.focal / LENGTH
            canvas.polygon(
                ellipse(u, v, 0.6 * across * scale, 0.5 * tall * scale), things.VEGETATION, jitter(rng, leaf), LENGTH
            )
        x += across


def _ground(
    canvas: Canvas, view: things.View, rng: np.random.Generator, road: float, pavement: float, grass: list[bool]
) -> None:
    near = 0.6 * view.focal * view.height / max(canvas.height - view.horizon, 1.0)

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
            view.project(left, 0, start),
            view.project(right, 0, start),
            view.project(right, 0, end),
            view.project(left, 0, end),
        ]
        canvas.polygon(points, klass, colour, ON_GROUND, detail=detail)

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


def _frontage(
    canvas: Canvas, view: things.View, rng: np.random.Generator, stats: Statistics, x: float, side: int, leaf: tuple
) -> list[Item]:
    """Buildings along one side, with walls, fences and hedges in front of the gaps."""
    items: list[Item] = []
    walled, fenced = (rng.random() < chance for chance in stats.boundary)
    z = 1.5
    while z < LENGTH * 0.9:
        far = z + rng.uniform(8, 18) * (1 + z / 60)
        open_ground = rng.random() < stats.gap
        if not open_ground:
            items.append(
                (
                    far,
                    lambda z=z, far=far: _building(
                        canvas, view, rng, stats, x + side * rng.uniform(0.2, 1.5), side, z, far
                    ),
                )
            )
        if (walled or fenced) and z < 45 and (open_ground or rng.random() < 0.5):
            klass = WALL if walled and (not fenced or rng.random() < 0.5) else FENCE
            items.append((far - 0.1, lambda z=z, far=far, klass=klass: _barrier(canvas, view, rng, klass, x, z, far)))
        elif open_ground:
            for k in range(3):
                place = z + (k + 0.5) * (far - z) / 3
                items.append(
                    (
                        place + 0.01,
                        lambda p=place: things.tree(canvas, view, rng, x + side * rng.uniform(1, 5), max(p, 5.0), leaf),
                    )
                )
        z = far
    return items


def _building(
    canvas: Canvas,
    view: things.View,
    rng: np.random.Generator,
    stats: Statistics,
    x: float,
    side: int,
    near: float,
    far: float,
) -> None:
    floors = int(rng.uniform(*stats.storeys))
    tall = 3.2 * floors + 0.8
    colour = jitter(rng, choice(rng, FACADES), 0.06)
    depth = (near * far) ** 0.5
    lit = 1.05 if side > 0 else 0.78
    back = x + side * 12
    canvas.polygon(view.quad((x, 0, near), (back, tall, near)), BUILDING, colour, near, shade=1.83 - lit)
    canvas.polygon(view.quad((x, 0, near), (x, tall, far)), BUILDING, colour, depth, shade=lit)
    canvas.polygon(
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
            canvas.polygon(
                view.quad((x, 3.2 * floor + 1.2, a), (x, 3.2 * floor + 2.7, a + 0.5 * step)),
                BUILDING,
                pane,
                depth,
                shade=lit,
                detail=True,
            )


def _barrier(
    canvas: Canvas, view: things.View, rng: np.random.Generator, klass: int, x: float, near: float, far: float
) -> None:
    tall, depth = rng.uniform(1.4, 2.6), (near * far) ** 0.5
    if klass == WALL:
        canvas.polygon(
            view.quad((x, 0, near), (x, tall, far)),
            WALL,
            jitter(rng, choice(rng, ((0.66, 0.62, 0.56), (0.56, 0.40, 0.34)))),
            depth,
            shade=0.92,
        )
        canvas.polygon(
            view.quad((x, tall - 0.2, near), (x, tall, far)), WALL, jitter(rng, (0.74, 0.72, 0.68)), depth, detail=True
        )
        return
    bars = jitter(rng, choice(rng, ((0.22, 0.30, 0.26), (0.52, 0.38, 0.24), (0.60, 0.62, 0.64))))
    canvas.polygon(view.quad((x, 0, near), (x, tall, far)), FENCE, jitter(rng, (0.44, 0.42, 0.34)), depth)
    posts = np.geomspace(near, far, 12).tolist()
    for a, b in zip(posts[:-1], posts[1:], strict=True):
        canvas.polygon(view.quad((x, 0, a), (x, tall, a + 0.4 * (b - a))), FENCE, bars, depth, detail=True)
    canvas.polygon(view.quad((x, tall - 0.25, near), (x, tall - 0.05, far)), FENCE, bars, depth, shade=0.9, detail=True)


def _clutter(canvas: Canvas, view: things.View, rng: np.random.Generator, x: float, z: float) -> None:
    """Bins and boxes: static or dynamic void."""
    klass = choice(rng, (things.STATIC, things.STATIC, things.DYNAMIC))
    half, tall = rng.uniform(0.3, 0.6), rng.uniform(0.7, 1.3)
    canvas.polygon(view.quad((x - half, 0, z), (x + half, tall, z)), klass, jitter(rng, choice(rng, things.CLOTHES)), z)
