"""Cars, trucks, buses and trams: boxes with windows, wheels and lamps. Sizes in metres."""

from dakpn.procedural.scene import Colour, Points, Random, choice, ellipse, jitter
from dakpn.procedural.street_objects import BUS, CAR, PAINTS, PLATE, RUBBER, TRAIN, TRUCK, View

GLASS = (0.16, 0.20, 0.25)
BOX_LENGTH = {CAR: (3.9, 4.8), TRUCK: (6.0, 9.0), BUS: (9.0, 12.0), TRAIN: (18.0, 30.0)}
BOX_WIDTH = {CAR: 1.8, TRUCK: 2.4, BUS: 2.5, TRAIN: 2.6}
BOX_HEIGHT = {CAR: 1.45, TRUCK: 3.3, BUS: 3.0, TRAIN: 3.5}
LIVERY = {
    TRUCK: ((0.80, 0.78, 0.72), (0.30, 0.40, 0.62), (0.66, 0.50, 0.22), (0.62, 0.64, 0.66)),
    BUS: ((0.88, 0.62, 0.10), (0.78, 0.16, 0.14), (0.20, 0.45, 0.72)),
    TRAIN: ((0.70, 0.20, 0.34), (0.30, 0.62, 0.52), (0.88, 0.80, 0.42)),
}


def vehicle(view: View, rng: Random, klass: int, x: float, z: float) -> None:
    """A car, truck, bus or tram seen from behind or from the front, nearest face at distance z."""
    instance = view.new_instance(klass)
    colour = jitter(rng, choice(rng, LIVERY.get(klass, PAINTS)), 0.05)
    low, high = BOX_LENGTH[klass]
    far = z + rng.uniform(low, high)
    height = BOX_HEIGHT[klass] * rng.uniform(0.92, 1.1)
    half = BOX_WIDTH[klass] / 2
    left, right = x - half, x + half
    side_x = right if x < view.right else left

    def part(points: Points, tint: Colour, shade: float = 1.0, label: int = klass, detail: bool = True) -> None:
        view.polygon(points, label, tint, z, shade=shade, instance=instance if label == klass else 0, detail=detail)

    body = 0.62 * height if klass == CAR else height
    part(view.quad((left - 0.05, 0.0, z), (right + 0.05, 0.28, z)), RUBBER, detail=False)
    part(view.quad((side_x, 0.22, z), (side_x, body, far)), colour, 0.72, detail=False)
    for wheel in (z + 0.18 * (far - z), z + 0.8 * (far - z)):
        u, v = view.project(side_x, 0.32, wheel)
        across = abs(view.project(side_x, 0, wheel - 0.33)[0] - u)
        part(ellipse(u, v, across, 0.34 * view.focal / wheel, 10), RUBBER, detail=False)
    if klass == CAR:
        roof = [view.project(left + 0.2, height, z + 0.9), view.project(right - 0.2, height, z + 0.9)]
        part([view.project(left + 0.05, body, z), *roof, view.project(right - 0.05, body, z)], GLASS, 1.2, detail=False)
        inner = side_x - 0.2 if side_x > x else side_x + 0.2
        cabin = [(side_x, body, z), (inner, height, z + 0.9), (inner, height, far - 1.4), (side_x, body, far - 0.8)]
        part([view.project(*point) for point in cabin], GLASS, 0.9, detail=False)
    elif height > view.eye:
        window = (0.45, 0.85) if klass != TRUCK else (0.72, 0.9)
        count = {TRUCK: 1, BUS: 5, TRAIN: 8}[klass]
        length = (far - z) / (count if klass != TRUCK else 5)
        for k in range(count):
            a, b = z + (k + 0.1) * length, z + (k + 0.85) * length
            part(view.quad((side_x, window[0] * height, a), (side_x, window[1] * height, b)), GLASS, 0.9)
    part(view.quad((left, 0.25, z), (right, body, z)), colour, detail=False)
    if klass in (BUS, TRAIN):
        part(view.quad((left + 0.15, 0.5 * height, z), (right - 0.15, 0.86 * height, z)), GLASS)
        part(view.quad((left + 0.4, 0.9 * height, z), (right - 0.4, 0.97 * height, z)), (0.86, 0.80, 0.34))
    elif klass == TRUCK:
        part(view.quad((left + 0.08, 0.3 * height, z), (right - 0.08, 0.95 * height, z)), colour, 0.88)
    lamp = (0.78, 0.14, 0.12) if x > 0 else (0.93, 0.90, 0.74)
    for edge in (left + 0.05, right - 0.35):
        part(view.quad((edge, 0.42 * body, z), (edge + 0.3, 0.42 * body + 0.2, z)), lamp)
    if klass == CAR and z < 18:
        part(view.quad((x - 0.27, 0.36, z), (x + 0.27, 0.5, z)), (0.90, 0.88, 0.80), label=PLATE, detail=False)
