"""A scene: one map of part ids, and a table that says what each part is.

Both renderers look colours, shades and depths up by part id, so that the two images of a scene have the same geometry
and the same labels to the pixel. The map is painted at twice the image's size (`SUPERSAMPLING`); images average 2x2 of
its pixels, labels take one of them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

SUPERSAMPLING = 2
ON_GROUND = 0.0  # depth of a part that lies in the ground plane: it follows from the image row
FAR = 400.0  # metres; depth of the sky

Colour = tuple[float, float, float]
Points = Sequence[tuple[float, float]]
Random = np.random.Generator


@dataclass(frozen=True)
class Scene:
    """parts: (2H, 2W) int32, index into the tables; klass: (P,) uint8 label ids of the task (see street.py, faces.py);
    albedo: (P, 3) float32 sRGB in [0, 1]; shade: (P,) float32 light received, about 1; depth: (P,) float32 metres,
    ON_GROUND for the ground plane; instance: (P,) uint16, 0 = none; outlines: (label id, polygon in image pixels) in
    painting order; horizon: row of the map; ground: focal length in map pixels times camera height in metres, 0 without
    a ground plane.
    """

    parts: np.ndarray
    klass: np.ndarray
    albedo: np.ndarray
    shade: np.ndarray
    depth: np.ndarray
    instance: np.ndarray
    outlines: list[tuple[int, list[list[int]]]]
    horizon: float
    ground: float

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the image."""
        return self.parts.shape[0] // SUPERSAMPLING, self.parts.shape[1] // SUPERSAMPLING

    def labels(self) -> np.ndarray:
        """(H, W) uint8 label ids of the task."""
        return self.klass[self.parts[::SUPERSAMPLING, ::SUPERSAMPLING]]

    def instances(self) -> np.ndarray:
        """(H, W) uint16 instance numbers, counted per label id from 1; 0 where the part belongs to none."""
        return self.instance[self.parts[::SUPERSAMPLING, ::SUPERSAMPLING]]

    def depths(self, step: int = 1) -> np.ndarray:
        """Distance in metres of every `step`-th map pixel, float32."""
        depth = self.depth[self.parts[::step, ::step]]
        if self.ground:
            rows = np.arange(0, self.parts.shape[0], step, dtype=np.float32)[:, None]
            plane = np.minimum(self.ground / np.maximum(rows - self.horizon, 1.0), FAR)
            depth = np.where(depth == ON_GROUND, plane, depth)
        return depth


class Canvas:
    """Paints parts back to front; coordinates are map pixels."""

    horizon = ground = 0.0  # as in Scene

    def __init__(self, size: tuple[int, int]):
        self.height, self.width = size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING
        self._image = Image.new("I", (self.width, self.height))
        self._draw = ImageDraw.Draw(self._image)
        self._rows: list[tuple[int, Colour, float, float, int]] = []
        self._outlines: list[tuple[int, list[list[int]]]] = []
        self._counts: Counter[int] = Counter()

    def new_instance(self, klass: int) -> int:
        """The next instance number of a class."""
        self._counts[klass] += 1
        return self._counts[klass]

    def polygon(
        self,
        points: Points,
        klass: int,
        colour: Colour,
        depth: float,
        *,
        shade: float = 1.0,
        instance: int = 0,
        detail: bool = False,
    ) -> None:
        """Paint one part. `detail` parts lie inside an outline of the same class and leave no outline of their own."""
        # Parts near the camera project far outside, where Pillow is slow and its coordinates are bounded.
        limit_x, limit_y = 3.0 * self.width, 3.0 * self.height
        clipped = [(min(max(x, -limit_x), limit_x), min(max(y, -limit_y), limit_y)) for x, y in points]
        self._draw.polygon(clipped, fill=len(self._rows))
        self._rows.append((klass, colour, shade, depth, instance))
        if not detail:
            scale = 1 / SUPERSAMPLING
            self._outlines.append((klass, [[round(x * scale), round(y * scale)] for x, y in clipped]))

    def scene(self) -> Scene:
        klass, colour, shade, depth, instance = zip(*self._rows, strict=True)
        return Scene(
            parts=np.asarray(self._image, np.int32),
            klass=np.array(klass, np.uint8),
            albedo=np.clip(np.array(colour, np.float32), 0.03, 0.97),
            shade=np.array(shade, np.float32),
            depth=np.array(depth, np.float32),
            instance=np.array(instance, np.uint16),
            outlines=self._outlines,
            horizon=self.horizon,
            ground=self.ground,
        )


_CIRCLE = {
    n: [(float(np.cos(a)), float(np.sin(a))) for a in np.linspace(0, 2 * np.pi, n, endpoint=False)]
    for n in (10, 16, 28)
}


def ellipse(x: float, y: float, radius_x: float, radius_y: float, corners: int = 16) -> Points:
    """A polygon of 10, 16 or 28 corners on an axis-parallel ellipse."""
    return [(x + radius_x * c, y + radius_y * s) for c, s in _CIRCLE[corners]]


def jitter(rng: Random, colour: Colour, amount: float = 0.04) -> Colour:
    """The colour with common and per-channel random offsets; keeps channels from tying exactly."""
    common, red, green, blue = rng.uniform(-amount, amount, 4).tolist()
    return colour[0] + common + red / 3, colour[1] + common + green / 3, colour[2] + common + blue / 3


def choice(rng: Random, options: Sequence):
    """One of the options, all equally likely."""
    return options[int(rng.random() * len(options))]
