"""Figure 4: what segmenters trained on different translations predict on real images."""

from collections.abc import Mapping
from pathlib import Path

from dakpn.data.label_spaces import LabelSpace
from dakpn.figures.canvas import WIDTH, new_figure, read_samples, save_photographs, show
from dakpn.figures.classes import Classes
from dakpn.figures.zoom import busiest, frame, titles

COLUMNS = 4
SHARE = 0.62
"""Of the sides of an image that are shown, enlarged."""


def segmentation_predictions(
    predictions: Mapping[str, str | Path], label_space: LabelSpace, path: str | Path, *, scenes: int = 2
) -> None:
    """Per scene: the image with the crop framed, the crop of the ground truth, and that of every prediction, in lines
    of COLUMNS; one legend of the classes that occur.

    predictions: {label: predictions.npz} with ids, image (K,H,W,3) uint8, label and prediction (K,H,W) uint8 train ids.
    Ignored pixels (255) are black in the ground truth. The crop is the `busiest` of the image.
    """
    loaded = read_samples(predictions, ("image", "label", "prediction"))
    first = next(iter(loaded.values()))
    maps = {"Ground truth": first["label"], **{label: entry["prediction"] for label, entry in loaded.items()}}
    maps = {label: array[:scenes] for label, array in maps.items()}
    crops = [busiest(image, SHARE) for image in first["image"][:scenes]]
    cut = [
        [labels[scene][top : top + tall, left : left + wide] for labels in maps.values()]
        for scene, (top, left, tall, wide) in enumerate(crops)
    ]
    classes = Classes(label_space, [part for parts in cut for part in parts])
    lines = -(-(len(maps) + 1) // COLUMNS)
    down = WIDTH / COLUMNS * first["image"].shape[1] / first["image"].shape[2] + 17
    figure = new_figure(down * lines * len(crops) + classes.height)
    panels = figure.subplots(lines * len(crops), COLUMNS, squeeze=False).reshape(len(crops), -1)
    for image, crop, parts, line in zip(first["image"], crops, cut, panels, strict=False):
        show(line[0], image)
        frame(line[0], crop)
        for axes, part in zip(line[1:], parts, strict=False):
            show(axes, classes.paint(part))
        titles(line, ["Image", *maps])
    classes.legend(figure)
    save_photographs(figure, path)
