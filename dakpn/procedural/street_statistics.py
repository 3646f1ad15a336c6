"""What the scenes of the two street domains look like."""

from types import SimpleNamespace

from dakpn.procedural import street_objects as things

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
