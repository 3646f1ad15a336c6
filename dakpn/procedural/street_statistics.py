"""What the scenes of the two street domains look like."""

from dataclasses import dataclass

from dakpn.procedural import street_objects as things


@dataclass(frozen=True)
class Statistics:
    """What scenes of a domain look like. Pairs are the bounds of uniform draws; plain numbers are probabilities or
    rates."""

    camera_height: tuple[float, float]  # metres
    focal: tuple[float, float]  # image widths
    horizon: tuple[float, float]  # image heights from the top
    road: tuple[float, float]  # half width, metres
    lane: tuple[float, float]  # the camera's place right of the middle, as a share of the half width
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
        camera_height=(1.3, 2.3),
        focal=(0.70, 0.95),
        horizon=(0.42, 0.56),
        road=(4.5, 7.5),
        lane=(-0.1, 0.6),
        pavement=(3.0, 5.5),
        storeys=(2, 9),
        gap=0.30,
        terrain=0.45,
        trees=(0, 5),
        moving=(2, 6),
        parked=(0, 2.5),
        people=(0, 4),
        furniture=(2, 5),
        rare={things.TRUCK: 0.42, things.BUS: 0.34, things.TRAIN: 0.30, things.MOTORCYCLE: 0.50, things.BICYCLE: 0.45},
        boundary=(0.34, 0.34),
        bonnet=0.08,
    ),
    "target": Statistics(
        camera_height=(1.2, 1.5),
        focal=(0.85, 1.1),
        horizon=(0.38, 0.48),
        road=(3.3, 5.5),
        lane=(0.2, 0.6),
        pavement=(2.5, 4.5),
        storeys=(3, 5.5),
        gap=0.20,
        terrain=0.30,
        trees=(1, 6),
        moving=(1, 4),
        parked=(1, 5),
        people=(2, 8),
        furniture=(3, 7),
        rare={things.TRUCK: 0.38, things.BUS: 0.34, things.TRAIN: 0.32, things.MOTORCYCLE: 0.48, things.BICYCLE: 0.62},
        boundary=(0.32, 0.36),
        bonnet=1.0,
    ),
}
