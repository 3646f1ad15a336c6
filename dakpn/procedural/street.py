"""Street scenes: a straight street in perspective with the 19 classes of Cityscapes and some void ids.

Label ids are those of Cityscapes, plus 34 for licence plates (GTA5). The two domains differ in `STATISTICS`: the source
has the wide streets, high camera and empty pavements of a game set in a large American city, the target the narrow,
parked-up streets of central European towns with more people and cycles (decision procedural-scenes).
"""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from dakpn.procedural import street_objects as things
from dakpn.procedural import surroundings
from dakpn.procedural.scene import SUPERSAMPLING, Canvas, Scene, choice, ellipse, jitter
from dakpn.procedural.street_statistics import STATISTICS
from dakpn.procedural.vehicles import vehicle

LEAVES = ((0.22, 0.46, 0.14), (0.30, 0.50, 0.18), (0.36, 0.46, 0.12))

Item = tuple[float, Callable[[], None]]


def street_scene(rng: np.random.Generator, size: tuple[int, int], domain: str) -> Scene:
    """A random street of the domain's statistics; size: (height, width) of the image; domain: source | target."""
    stats = STATISTICS[domain]

    def draw(bounds: tuple[float, float]) -> float:
        return rng.uniform(*bounds)

    height, width = size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING
    focal = draw(stats.focal) * width
    road, pavement = draw(stats.road), draw(stats.pavement)
    view = things.View(
        focal=focal,
        centre=(0.5 + rng.normal(0, 0.04)) * width,
        horizon=draw(stats.horizon) * height,
        height=draw(stats.camera_height),
        right=draw(stats.lane) * road,
    )
    canvas = Canvas(size, horizon=view.horizon, ground=focal * view.height)
    leaf = choice(rng, LEAVES)

    surroundings.sky(canvas, view, rng)
    surroundings.far_end(canvas, view, rng, leaf)
    grass = [rng.random() < stats.terrain for _ in range(2)]
    surroundings.ground(canvas, view, rng, road, pavement, grass)

    items: list[Item] = []
    for side, green in zip((-1, 1), grass, strict=True):
        # Houses stand back behind a strip of grass.
        front = road + pavement + (rng.uniform(1.5, 5.0) if green else 0.0)
        items += _frontage(canvas, view, rng, stats, side * front, side, leaf)
        edge, kerb = side * (road + 0.85 * pavement), side * (road + 0.6)
        for _ in range(int(draw(stats.trees))):
            z, x = rng.uniform(7, 70), side * (road + pavement * rng.uniform(0.7, 1.6))
            items.append(_at(z, things.tree, canvas, view, rng, x, leaf=leaf))
        for _ in range(int(draw(stats.furniture))):
            carries = choice(rng, (things.POLE, things.POLE, things.LIGHT, things.SIGN, things.SIGN))
            items.append(_at(rng.uniform(6, 28), things.pole, canvas, view, rng, kerb, carries=carries))
        z = rng.uniform(7, 14)
        for _ in range(int(draw(stats.parked))):
            items.append((z, lambda x=side * (road - 1.1), z=z: vehicle(canvas, view, rng, things.CAR, x, z)))
            z += rng.uniform(5.5, 12)
        for _ in range(int(draw(stats.people) / 2 + rng.random())):
            items.append(_at(rng.uniform(5, 20), things.person, canvas, view, rng, rng.uniform(*sorted((kerb, edge)))))
        if rng.random() < 0.3:
            items.append(_at(rng.uniform(6, 30), things.clutter, canvas, view, rng, edge))
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
        canvas.polygon(points, surroundings.EGO, jitter(rng, (0.24, 0.25, 0.28)), 1.5)
        lower = [(x, y + 0.012 * height) for x, y in points]
        canvas.polygon(lower, surroundings.EGO, jitter(rng, (0.30, 0.31, 0.35)), 1.5, detail=True)
    return canvas.scene()


def _at(
    z: float, paint: Callable, canvas: Canvas, view: things.View, rng: np.random.Generator, x: float, **options
) -> Item:
    return z, lambda: paint(canvas, view, rng, x=x, z=z, **options)


def _vehicle_at(z: float, canvas: Canvas, view: things.View, rng: np.random.Generator, klass: int, x: float) -> Item:
    return z, lambda: vehicle(canvas, view, rng, klass, x, z)


def _frontage(
    canvas: Canvas,
    view: things.View,
    rng: np.random.Generator,
    stats: SimpleNamespace,
    x: float,
    side: int,
    leaf: tuple,
) -> list[Item]:
    """Buildings along one side, with walls, fences and hedges in front of the gaps."""
    items: list[Item] = []
    walled, fenced = (rng.random() < chance for chance in stats.boundary)
    z = 1.5
    while z < surroundings.LENGTH * 0.9:
        far = z + rng.uniform(8, 18) * (1 + z / 60)
        open_ground = rng.random() < stats.gap
        if not open_ground:
            items.append(
                (
                    far,
                    lambda z=z, far=far: surroundings.building(
                        canvas, view, rng, stats.storeys, x + side * rng.uniform(0.2, 1.5), side, z, far
                    ),
                )
            )
        if (walled or fenced) and z < 45 and (open_ground or rng.random() < 0.5):
            klass = surroundings.WALL if walled and (not fenced or rng.random() < 0.5) else surroundings.FENCE
            items.append(
                (far - 0.1, lambda z=z, far=far, klass=klass: surroundings.barrier(canvas, view, rng, klass, x, z, far))
            )
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
