"""Maps of classes in their official colours, with stripes where two classes can hardly be told apart, and a legend."""

from collections.abc import Iterable

import numpy as np
from matplotlib.figure import FigureBase
from matplotlib.patches import Patch

from dakpn.data.label_spaces import LabelSpace
from dakpn.figures.canvas import NEUTRAL, WIDTH

CLOSEST = 1.35
"""Contrast of two colours below which the rarer class is striped."""
GREYEST = 0.15
"""Strength of colour, up to 0.8, below which a colour counts as grey."""
SHARP = 400
"""Dots across a map, so that its stripes are thin; a larger map stays as it is."""
LINE = 17
"""Height of a line of the legend in pixels."""


class Classes:
    """How the classes of a label space that occur in some maps are drawn.

    maps: arrays of train ids. Classes that do not occur are not striped and have no entry in the legend.
    """

    def __init__(self, label_space: LabelSpace, maps: Iterable[np.ndarray]):
        self.label_space = label_space
        counts = np.bincount(np.concatenate([labels.ravel() for labels in maps]), minlength=256)[: len(label_space)]
        self.seen = np.flatnonzero(counts).tolist()
        plain, self.striped = [], []
        for train_id in sorted(self.seen, key=lambda i: -counts[i]):
            (self.striped if any(self._alike(train_id, other) for other in plain) else plain).append(train_id)

    def _alike(self, one: int, other: int) -> bool:
        """Whether two colours have nearly the same brightness and the same hue, or none."""
        colours = self.label_space.colours[[one, other]] / 255
        linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
        low, high = sorted(linear @ [0.2126, 0.7152, 0.0722])
        chroma = colours - colours.mean(axis=1, keepdims=True)
        strength = np.linalg.norm(chroma, axis=1)
        hue = chroma[0] @ chroma[1] > 0.9 * strength.prod() if strength.min() > GREYEST else strength.max() < GREYEST
        return bool((high + 0.05) / (low + 0.05) < CLOSEST and hue)

    def paint(self, labels: np.ndarray) -> np.ndarray:
        """(...,H,W) train ids -> (...,kH,kW,3) uint8, k so that W gets near SHARP; ids that are no class are black."""
        enlarged = max(1, SHARP // labels.shape[-1])
        labels = labels.repeat(enlarged, axis=-2).repeat(enlarged, axis=-1)
        painted, period = self.label_space.colourise(labels), max(4, labels.shape[-1] // 40)
        rows, columns = np.indices(labels.shape[-2:])
        painted[np.isin(labels, self.striped) & (4 * ((rows + columns) % period) < period)] = 255
        return painted

    def legend(self, figure: FigureBase) -> None:
        """Name the classes below the panels, in `height` pixels."""
        colours, names = self.label_space.colours / 255, self.label_space.classes
        patches = [
            Patch(
                facecolor=colours[i],
                edgecolor=NEUTRAL,
                hatchcolor="white",
                hatch="//////" if i in self.striped else None,
                label=names[i].replace("_", " "),
            )
            for i in self.seen
        ]
        figure.legend(handles=patches, loc="outside lower center", ncols=self._columns, fontsize=11, handlelength=1.8)

    @property
    def _columns(self) -> int:
        return max(1, WIDTH // (48 + 7 * max(map(len, self.label_space.classes))))

    @property
    def height(self) -> int:
        """Of the legend, in pixels."""
        return LINE * -(-len(self.seen) // self._columns) + 12
