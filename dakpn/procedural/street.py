"""Street scenes: a straight street in perspective with the 19 classes of Cityscapes and some void ids.

Label ids are those of Cityscapes, plus 34 for licence plates (GTA5). The two domains differ in `STATISTICS`: the source
has the wide streets, high camera and empty pavements of a game set in a large American city, the target the narrow,
parked-up streets of central European towns with more people and cycles (decision procedural-scenes).
"""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

from dakpn.procedural import street_objects as things
from dakpn.procedural import surroundings
from dakpn.procedural.scene import SUPERSAMPLING, Random, Scene, choice, ellipse, jitter
from dakpn.procedural.vehicles import vehicle

LEAVES = ((0.22, 0.46, 0.14), (0.30, 0.50, 0.18), (0.36, 0.46, 0.12))

# Source's value, target's value. Pairs are the bounds of uniform draws; plain numbers are probabilities or rates.
_VALUES = {
    "camera_height": ((1.3, 2.3), (1.2, 1.5)),  # metres
    "focal": ((0.70, 0.95), (0.85, 1.1)),  # image widths
    "horizon": ((0.42, 0.56), (0.38, 0.48)),  # image heights from the top
    "road": ((4.5, 7.5), (3.3, 5.5)),  # half width, metres
    "lane": ((-0.1, 0.6), (0.2, 0.6)),  # the camera's place right of the middle, as a share of the half width
    "pavement": ((3.0, 5.5), (2.5, 4.5)),  # metres
    "storeys": ((2, 9), (3, 5.5)),
    "gap": (0.30, 0.20),  # chance that a stretch of frontage has no building
    "terrain": (0.45, 0.30),  # chance of a grass strip beside the pavement, per side
    "trees": ((0, 5), (1, 6)),  # per side
    "moving": ((2, 6), (1, 4)),  # cars in the lanes
    "parked": ((0, 2.5), (1, 5)),  # cars per side
    "people": ((0, 4), (2, 8)),
    "furniture": ((2, 5), (3, 7)),  # poles, lights and signs per side
    "rare": (  # chance of each rare class
        {things.TRUCK: 0.42, things.BUS: 0.34, things.TRAIN: 0.30, things.MOTORCYCLE: 0.50, things.BICYCLE: 0.45},
        {things.TRUCK: 0.38, things.BUS: 0.34, things.TRAIN: 0.32, things.MOTORCYCLE: 0.48, things.BICYCLE: 0.62},
    ),
    "boundary": ((0.34, 0.34), (0.32, 0.36)),  # chance of a wall, of a fence, per side
    "bonnet": (0.08, 1.0),
}

STATISTICS = {
    domain: SimpleNamespace(**{name: values[k] for name, values in _VALUES.items()})
    for k, domain in enumerate(("source", "target"))
}

Item = tuple[float, Callable[[], None]]


def street_scene(rng: Random, size: tuple[int, int], domain: str) -> Scene:
    """A random street of the domain's statistics; size: (height, width) of the image; domain: source | target."""
    stats = STATISTICS[domain]

    def draw(bounds: tuple[float, float]) -> float:
        return rng.uniform(*bounds)

    height, width = size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING
    focal = draw(stats.focal) * width
    road, pavement = draw(stats.road), draw(stats.pavement)
    view = things.View(
        size,
        focal=focal,
        centre=(0.5 + rng.normal(0, 0.04)) * width,
        horizon=draw(stats.horizon) * height,
        eye=draw(stats.camera_height),
        right=draw(stats.lane) * road,
    )
    leaf = choice(rng, LEAVES)

    surroundings.sky(view, rng)
    surroundings.far_end(view, rng, leaf)
    grass = [rng.random() < stats.terrain for _ in range(2)]
    surroundings.ground(view, rng, road, pavement, grass)

    items: list[Item] = []

    def add(z: float, paint: Callable, x: float, **options) -> None:
        items.append((z, lambda: paint(view, rng, x=x, z=z, **options)))

    for side, green in zip((-1, 1), grass, strict=True):
        # Houses stand back behind a strip of grass.
        front = road + pavement + (rng.uniform(1.5, 5.0) if green else 0.0)
        items += _frontage(view, rng, stats, side * front, side, leaf)
        edge, kerb = side * (road + 0.85 * pavement), side * (road + 0.6)
        for _ in range(int(draw(stats.trees))):
            z, x = rng.uniform(7, 70), side * (road + pavement * rng.uniform(0.7, 1.6))
            add(z, things.tree, x, leaf=leaf)
        for _ in range(int(draw(stats.furniture))):
            carries = choice(rng, (things.POLE, things.POLE, things.LIGHT, things.SIGN, things.SIGN))
            add(rng.uniform(6, 28), things.pole, kerb, carries=carries)
        z = rng.uniform(7, 14)
        for _ in range(int(draw(stats.parked))):
            add(z, vehicle, side * (road - 1.1), klass=things.CAR)
            z += rng.uniform(5.5, 12)
        for _ in range(int(draw(stats.people) / 2 + rng.random())):
            add(rng.uniform(5, 20), things.person, rng.uniform(*sorted((kerb, edge))))
        if rng.random() < 0.3:
            add(rng.uniform(6, 30), things.clutter, edge)
    for _ in range(int(draw(stats.moving))):
        add(rng.uniform(7, 60), vehicle, rng.uniform(-0.75, 0.75) * road, klass=things.CAR)
    for klass, chance in stats.rare.items():
        if rng.random() >= chance:
            continue
        side = choice(rng, (-1, 1))
        if klass in (things.BICYCLE, things.MOTORCYCLE):
            for _ in range(1 + int(rng.random() * 2)):
                ridden = rng.random() < 0.55
                x = side * (road * rng.uniform(0.3, 0.8) if ridden else road + rng.uniform(0.4, 0.8) * pavement)
                add(rng.uniform(4.5, 13), things.two_wheeler, x, klass=klass, ridden=ridden)
        else:
            add(rng.uniform(9, 30), vehicle, side * road * rng.uniform(0.35, 0.75), klass=klass)
    # Far to near; the sort is stable, so equal seeds give equal pictures.
    for _, paint in sorted(items, key=lambda item: -item[0]):
        paint()
    if rng.random() < stats.bonnet:
        u = view.centre
        points = ellipse(u, height * 1.06, 0.55 * width, rng.uniform(0.10, 0.15) * height, 28)
        view.polygon(points, surroundings.EGO, jitter(rng, (0.24, 0.25, 0.28)), 1.5)
        lower = [(x, y + 0.012 * height) for x, y in points]
        view.polygon(lower, surroundings.EGO, jitter(rng, (0.30, 0.31, 0.35)), 1.5, detail=True)
    return view.scene()


def _frontage(view: things.View, rng: Random, stats: SimpleNamespace, x: float, side: int, leaf: tuple) -> list[Item]:
    """Buildings along one side, with walls, fences and hedges in front of the gaps."""

    def house(near: float, far: float) -> None:
        surroundings.building(view, rng, stats.storeys, x + side * rng.uniform(0.2, 1.5), side, near, far)

    def hedge(place: float) -> None:
        things.tree(view, rng, x + side * rng.uniform(1, 5), max(place, 5.0), leaf)

    items: list[Item] = []
    walled, fenced = (rng.random() < chance for chance in stats.boundary)
    z = 1.5
    while z < surroundings.LENGTH * 0.9:
        far = z + rng.uniform(8, 18) * (1 + z / 60)
        open_ground = rng.random() < stats.gap
        if not open_ground:
            items.append((far, partial(house, z, far)))
        if (walled or fenced) and z < 45 and (open_ground or rng.random() < 0.5):
            klass = surroundings.WALL if walled and (not fenced or rng.random() < 0.5) else surroundings.FENCE
            items.append((far - 0.1, partial(surroundings.barrier, view, rng, klass, x, z, far)))
        elif open_ground:
            places = (z + (k + 0.5) * (far - z) / 3 for k in range(3))
            items += [(place + 0.01, partial(hedge, place)) for place in places]
        z = far
    return items
