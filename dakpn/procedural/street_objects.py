"""Things that stand in a street: vehicles, people, two-wheelers, trees, poles. Sizes in metres, at (x, z) in front of
the camera.

Classes are Cityscapes label ids; 34 is the licence plate of GTA5 (Cityscapes leaves plates inside their vehicle).
"""

from dakpn.procedural.scene import Canvas, Colour, Points, Random, choice, ellipse, jitter

POLE, LIGHT, SIGN, VEGETATION = 17, 19, 20, 21
PERSON, RIDER, CAR, TRUCK, BUS, TRAIN, MOTORCYCLE, BICYCLE, PLATE = 24, 25, 26, 27, 28, 31, 32, 33, 34
STATIC, DYNAMIC = 4, 5

PAINTS = (
    (0.75, 0.12, 0.10), (0.12, 0.25, 0.62), (0.85, 0.84, 0.82), (0.14, 0.15, 0.17), (0.55, 0.57, 0.60),
    (0.85, 0.66, 0.12), (0.10, 0.42, 0.28),
)  # fmt: skip
CLOTHES = (
    (0.20, 0.25, 0.50), (0.65, 0.15, 0.20), (0.80, 0.75, 0.30), (0.30, 0.30, 0.34), (0.75, 0.72, 0.70),
    (0.20, 0.50, 0.38), (0.55, 0.28, 0.55),
)  # fmt: skip
SKIN = (0.80, 0.60, 0.48)
RUBBER = (0.10, 0.09, 0.11)


class View(Canvas):
    """A canvas behind a level pinhole camera: focal length and principal point in map pixels; eye, its height over the
    road, and right, its place right of the street's middle, in metres."""

    def __init__(self, size: tuple[int, int], *, focal: float, centre: float, horizon: float, eye: float, right: float):
        super().__init__(size)
        self.focal, self.centre, self.horizon, self.eye, self.right = focal, centre, horizon, eye, right
        self.ground = focal * eye

    def project(self, x: float, y: float, z: float) -> tuple[float, float]:
        scale = self.focal / z
        return self.centre + (x - self.right) * scale, self.horizon + (self.eye - y) * scale

    def quad(self, a: tuple[float, float, float], b: tuple[float, float, float]) -> Points:
        """The upright rectangle with opposite corners a and b (it lies in a plane of constant x or of constant z)."""
        (x0, y0, z0), (x1, y1, z1) = a, b
        return [self.project(x0, y0, z0), self.project(x0, y1, z0), self.project(x1, y1, z1), self.project(x1, y0, z1)]


def person(view: View, rng: Random, x: float, z: float, *, klass: int = PERSON, lift: float = 0.0) -> None:
    """A standing person (or a rider's upper body, `lift` metres above the road)."""
    instance = view.new_instance(klass)
    tall = rng.uniform(1.55, 1.9)
    top, legs = jitter(rng, choice(rng, CLOTHES)), jitter(rng, choice(rng, CLOTHES), 0.05)
    scale = view.focal / z

    def part(points: Points, colour: Colour, shade: float = 1.0) -> None:
        view.polygon(points, klass, colour, z, shade=shade, instance=instance)

    u, foot = view.project(x, lift, z)
    if klass == PERSON:
        stride = rng.uniform(0.05, 0.28)
        for offset, shade in ((-stride, 0.85), (stride, 1.0)):
            hip = foot - 0.5 * tall * scale
            ankle = u + offset * scale
            points = [
                (u - 0.1 * scale, hip), (u + 0.1 * scale, hip), (ankle + 0.08 * scale, foot),
                (ankle - 0.08 * scale, foot),
            ]  # fmt: skip
            part(points, legs, shade)
    else:
        tall *= 0.8
        part(ellipse(u, foot - 0.32 * tall * scale, 0.2 * scale, 0.3 * tall * scale, 10), legs, 0.9)
    part(ellipse(u, foot - 0.66 * tall * scale, 0.27 * scale, 0.24 * tall * scale, 10), top)
    helmet = jitter(rng, choice(rng, PAINTS)) if klass == RIDER else SKIN
    part(ellipse(u, foot - 0.93 * tall * scale, 0.11 * scale, 0.13 * scale, 10), helmet)


def two_wheeler(view: View, rng: Random, klass: int, x: float, z: float, *, ridden: bool) -> None:
    """A bicycle or motorcycle, seen from the side or obliquely, with or without its rider."""
    instance = view.new_instance(klass)
    scale = view.focal / z
    squeeze = rng.uniform(0.45, 1.0)
    motor = klass == MOTORCYCLE
    radius = 0.32 if motor else 0.35
    base = 1.35 if motor else 1.05
    colour = jitter(rng, choice(rng, PAINTS))
    u, ground = view.project(x, 0, z)
    hub = ground - radius * scale

    def part(points: Points, tint: Colour, shade: float = 1.0, detail: bool = False) -> None:
        view.polygon(points, klass, tint, z, shade=shade, instance=instance, detail=detail)

    for end in (-0.5, 0.5):
        wheel = u + end * base * scale * squeeze
        part(ellipse(wheel, hub, radius * scale * squeeze, radius * scale, 16), RUBBER)
        # Spokes let the street through in colour; the label covers the wheel, as annotated polygons do.
        points = ellipse(wheel, hub, 0.7 * radius * scale * squeeze, 0.7 * radius * scale, 10)
        part(points, (0.40, 0.41, 0.43), detail=True)
    reach = 0.5 * base * scale * squeeze
    seat = ground - 0.85 * scale
    frame = 0.30 if motor else 0.09
    points = [
        (u - reach, hub - frame * scale), (u + reach, hub - frame * scale), (u + reach, hub + 0.05 * scale),
        (u - reach, hub + 0.05 * scale),
    ]  # fmt: skip
    part(points, colour)
    points = [
        (u - 0.4 * reach, seat), (u + 0.9 * reach, seat - 0.15 * scale), (u + 0.9 * reach, seat), (u, hub),
        (u - 0.3 * reach, hub),
    ]  # fmt: skip
    part(points, colour, 0.9)
    if ridden:
        person(view, rng, x - 0.1, z, klass=RIDER, lift=0.55)


def pole(view: View, rng: Random, x: float, z: float, *, carries: int = POLE) -> None:
    """A lamp post, or the post of a traffic light or sign (`carries` is the class of what it holds)."""
    tall = rng.uniform(5.0, 7.5) if carries == POLE else rng.uniform(2.7, 3.6)
    colour = jitter(rng, (0.42, 0.43, 0.46))
    width = 0.13 if carries == POLE else 0.09
    view.polygon(view.quad((x - width, 0, z), (x + width, tall, z)), POLE, colour, z)
    scale = view.focal / z
    u, top = view.project(x, tall, z)
    if carries == POLE:
        reach = -1.6 if x > 0 else 1.6
        view.polygon(view.quad((x, tall - 0.14, z), (x + reach, tall, z)), POLE, colour, z)
    elif carries == LIGHT:
        side, high = 0.3 * scale, 1.1 * scale
        points = [(u - side, top - high), (u + side, top - high), (u + side, top), (u - side, top)]
        view.polygon(points, LIGHT, jitter(rng, (0.13, 0.15, 0.12), 0.02), z)
        lit = int(rng.random() * 3)
        for k, lamp in enumerate(((0.92, 0.18, 0.14), (0.94, 0.70, 0.16), (0.18, 0.84, 0.42))):
            tint = lamp if k == lit else tuple(0.3 * c + 0.03 for c in lamp)
            points = ellipse(u, top - high * (0.82 - 0.32 * k), 0.19 * scale, 0.15 * scale, 10)
            view.polygon(points, LIGHT, tint, z, shade=1.3, detail=True)
    else:
        radius = rng.uniform(0.42, 0.6) * scale
        shape = choice(rng, ("disc", "triangle", "board"))
        face, rim = choice(
            rng,
            (
                ((0.16, 0.32, 0.74), (0.86, 0.87, 0.90)),
                ((0.90, 0.88, 0.84), (0.80, 0.14, 0.16)),
                ((0.92, 0.76, 0.16), (0.86, 0.85, 0.78)),
            ),
        )
        for size, colour, detail in ((1.0, rim, False), (0.72, face, True)):
            r = size * radius
            if shape == "disc":
                points = ellipse(u, top, r, r)
            elif shape == "triangle":
                points = [(u, top - 1.2 * r), (u + r, top + 0.7 * r), (u - r, top + 0.7 * r)]
            else:
                points = [
                    (u - r, top - 0.75 * r), (u + r, top - 0.75 * r), (u + r, top + 0.75 * r), (u - r, top + 0.75 * r),
                ]  # fmt: skip
            view.polygon(points, SIGN, jitter(rng, colour, 0.03), z, detail=detail)


def tree(view: View, rng: Random, x: float, z: float, leaf: Colour) -> None:
    """A trunk and a crown of overlapping ellipses, lit from above; the trunk is vegetation, as in Cityscapes."""
    tall = rng.uniform(4.0, 9.0)
    scale = view.focal / z
    u, top = view.project(x, tall, z)
    view.polygon(view.quad((x - 0.16, 0, z), (x + 0.16, 0.6 * tall, z)), VEGETATION, jitter(rng, (0.36, 0.25, 0.16)), z)
    radius = rng.uniform(0.26, 0.4) * tall * scale
    for k, (du, dv, r) in enumerate(rng.uniform((-0.75, -0.25, 0.45), (0.75, 1.15, 0.75), (7, 3)).tolist()):
        shade = 1.12 - 0.3 * dv
        points = ellipse(u + du * radius, top + (dv + 0.4) * radius, r * radius, 0.85 * r * radius, 10 if k else 16)
        view.polygon(points, VEGETATION, jitter(rng, leaf, 0.03), z, shade=shade)


def clutter(view: View, rng: Random, x: float, z: float) -> None:
    """Bins and boxes: static or dynamic void."""
    klass = choice(rng, (STATIC, STATIC, DYNAMIC))
    half, tall = rng.uniform(0.3, 0.6), rng.uniform(0.7, 1.3)
    view.polygon(view.quad((x - half, 0, z), (x + half, tall, z)), klass, jitter(rng, choice(rng, CLOTHES)), z)
