"""Figure 6: three of the twelve predicted parameter maps beside the encoder's segmentation they derive from."""

from pathlib import Path

import numpy as np

from dakpn.data.label_spaces import LabelSpace
from dakpn.figures.canvas import new_figure, read_samples, save, show

# Channel from 0 (section 5): heading, place, and the value that changes nothing, the middle of the scale.
CHANNELS = {
    2: ("Weight of value", "channel 2", 1.0),
    5: ("Bias of value", "channel 5", 0.0),
    8: ("Blur of blue, pixels", "channel 8", None),
}


def theta_channels(samples: str | Path, label_space: LabelSpace, path: str | Path, *, rows: int = 2) -> None:
    """Columns: source, translation, channels 2, 5 and 8 with one colour scale per column, the encoder's classes.

    samples: samples.npz of a DA-KPN translator: source and translation (K,H,W,3) uint8, theta (K,12,h,w) float,
    semantic (K,h,w) uint8 train ids. White in weight and bias is the value that leaves the image as it is.
    """
    data = read_samples({"DA-KPN": samples}, ("source", "translation", "theta", "semantic"))["DA-KPN"]
    data = {name: array[:rows] for name, array in data.items()}
    count, ratio = len(data["source"]), data["source"].shape[1] / data["source"].shape[2]
    width = 2.3 if ratio < 1 else 1.8
    figure = new_figure(width * 6, (width * ratio + 0.06) * count + 0.95)
    panels = figure.subplots(count + 1, 6, squeeze=False, height_ratios=[width * ratio] * count + [0.1])
    images = {0: ("Source", data["source"]), 1: ("Translation", data["translation"])}
    images[5] = ("Encoder's classes", label_space.colourise(data["semantic"]))
    for column, (title, drawn) in images.items():
        panels[0, column].set_title(title, fontsize=9)
        panels[count, column].set_axis_off()
        for axes, image in zip(panels[:count, column], drawn, strict=True):
            show(axes, image)
    for column, (channel, (title, place, neutral)) in enumerate(CHANNELS.items(), start=2):
        maps = data["theta"][:, channel]
        # The colours diverge around the neutral value; a scale is never of zero width.
        if neutral is None:
            low = float(maps.min())
            scale = dict(cmap="viridis", vmin=low, vmax=max(float(maps.max()), low + 1e-3))
        else:
            reach = max(float(np.abs(maps - neutral).max()), 1e-3)
            scale = dict(cmap="PuOr", vmin=neutral - reach, vmax=neutral + reach)
        for axes, values in zip(panels[:count, column], maps, strict=True):
            drawn = show(axes, values, **scale)
        panels[0, column].set_title(f"{title}\n({place})", fontsize=9)
        bar = figure.colorbar(drawn, cax=panels[count, column], orientation="horizontal")
        bar.ax.tick_params(labelsize=7)
        bar.ax.locator_params(nbins=4)
    save(figure, path)
