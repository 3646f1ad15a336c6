"""Figure 6: three of the twelve predicted parameter maps beside the encoder's segmentation they derive from."""

from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from dakpn.data.label_spaces import LabelSpace
from dakpn.figures.canvas import WIDTH, new_figure, read_samples, save_photographs, show
from dakpn.figures.classes import Classes

# Channel from 0 (section 5): heading, place, and the value that changes nothing, the middle of the scale.
CHANNELS = {
    2: ("Weight of value", "channel 2", 1.0),
    5: ("Bias of value", "channel 5", 0.0),
    8: ("Blur of blue, pixels", "channel 8", None),
}


def theta_channels(samples: str | Path, label_space: LabelSpace, path: str | Path, *, scenes: int = 2) -> None:
    """Per image, in two lines: source, translation, the encoder's classes; channels 2, 5 and 8 with one colour scale
    each. A legend of the classes that occur.

    samples: samples.npz of a DA-KPN translator: source and translation (K,H,W,3) uint8, theta (K,12,h,w) float,
    semantic (K,h,w) uint8 train ids. White in weight and bias is the value that leaves the image as it is.
    """
    data = read_samples({"DA-KPN": samples}, ("source", "translation", "theta", "semantic"))["DA-KPN"]
    data = {name: array[:scenes] for name, array in data.items()}
    classes = Classes(label_space, [data["semantic"]])
    count, across = len(data["source"]), WIDTH / 3 if data["source"].shape[2] > data["source"].shape[1] else WIDTH / 4
    down = across * data["source"].shape[1] / data["source"].shape[2]
    figure = new_figure(2 * count * (down + 24) + 50 + classes.height)
    panels = figure.subplots(2 * count, 3, squeeze=False)
    columns = {"Source": data["source"], "Translation": data["translation"]}
    columns["Encoder's classes"] = classes.paint(data["semantic"])
    for column, (title, images) in enumerate(columns.items()):
        for axes, image in zip(panels[::2, column], images, strict=True):
            show(axes, image)
            axes.set_title(title)
    for column, (channel, (title, place, neutral)) in enumerate(CHANNELS.items()):
        maps = data["theta"][:, channel]
        # The colours diverge around the neutral value; a scale is never of zero width.
        if neutral is None:
            low = float(maps.min())
            scale = dict(cmap="viridis", vmin=low, vmax=max(float(maps.max()), low + 1e-3))
        else:
            reach = max(float(np.abs(maps - neutral).max()), 1e-3)
            scale = dict(cmap="PuOr", vmin=neutral - reach, vmax=neutral + reach)
        for axes, values in zip(panels[1::2, column], maps, strict=True):
            drawn = show(axes, values, **scale)
            axes.set_title(f"{title} ({place})")
        bar = figure.colorbar(drawn, ax=panels[-1, column], orientation="horizontal", aspect=30, pad=0.04)
        bar.locator = MaxNLocator(4)
    classes.legend(figure)
    save_photographs(figure, path)
