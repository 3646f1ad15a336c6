"""Running a segmenter over a view: confusion matrices and predictions."""

import json
from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F

from dakpn.data.label_spaces import IGNORE, LabelSpace, check_same_space
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore, confusion_matrix
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.segmentation.training import batch_at
from dakpn.training.sampling import as_bytes

BATCH = 8


@torch.no_grad()
def predictions(
    network: SegmentationNetwork,
    view: View,
    truth: View,
    resolution: tuple[int, int],
    device: torch.device | str,
    *,
    resize: Literal["label-down", "prediction-up"] = "label-down",
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield (predicted, label), both (B,H,W) int64, for the items of `truth`: images from `view`, labels from `truth`.

    resize: the network always sees the resolution; "label-down" compares there, "prediction-up" at the size of the
    views' images, with the logits upsampled bilinearly. Raises InputError for an item of truth that the view lacks.
    """
    network.eval()
    place = {name: row for row, name in enumerate(view.ids)}
    lacking = next((name for name in truth.ids if name not in place), None)
    if lacking is not None:
        raise InputError(
            f"{view.directory}: image {lacking} is to be scored but is not there. Let tasks.<task>.source.train hold "
            "the split that evaluation.splits names."
        )
    full = truth.image_size if resize == "prediction-up" else tuple(resolution)
    for start in range(0, len(truth), BATCH):
        rows = np.arange(start, min(start + BATCH, len(truth)))
        image, _ = batch_at(view, np.array([place[truth.ids[row]] for row in rows]), resolution, device)
        _, label = batch_at(truth, rows, full, device)
        logits = network(image)["out"]
        if logits.shape[-2:] != label.shape[-2:]:
            logits = F.interpolate(logits, label.shape[-2:], mode="bilinear", align_corners=False)
        yield logits.argmax(1), label


def evaluate(
    network: SegmentationNetwork,
    view: View,
    label_space: LabelSpace,
    resolution: tuple[int, int],
    device: torch.device | str,
    *,
    truth: View | None = None,
    resize: Literal["label-down", "prediction-up"] = "label-down",
    void: Literal["ignored", "road"] = "ignored",
) -> ConfusionStore:
    """One confusion matrix per image, under `space`, the label space that the task's target is scored in.

    The network predicts its classes. Labels have the same classes: those of the target's own view, or for FCN-Scores
    those of the source's, whose label space may score and merge otherwise.
    truth: the items that are scored and their labels, the view's own by default. resize: see `predictions`. void: how
    pixels without a class are scored; "road" is the released FCN-Score reader's. Only the matrices are kept, so that
    memory holds one batch of images whatever the size of the set. Raises InputError as `predictions`, for labels of
    other classes, and for void "road" where no class has that name.
    """
    truth = view if truth is None else truth
    check_same_space(truth.label_space, label_space, str(truth.directory))
    to_label, to_prediction = (torch.from_numpy(table).to(device) for table in label_space.for_scoring())
    if void == "road":
        if "road" not in label_space.classes:
            raise InputError(f"evaluation.void: {label_space.name} has no class road. Set it to ignored.")
        to_label[IGNORE] = label_space.classes.index("road")
    counts = [
        confusion_matrix(to_prediction[predicted], to_label[label], len(label_space)).to(torch.int32).cpu().numpy()
        for predicted, label in predictions(network, view, truth, resolution, device, resize=resize)
    ]
    return ConfusionStore(tuple(truth.ids), np.concatenate(counts).astype(np.int64), label_space)


def sample_predictions(
    network: SegmentationNetwork, view: View, resolution: tuple[int, int], device: torch.device | str, count: int
) -> dict[str, np.ndarray]:
    """ids, image (K,H,W,3), label (K,H,W) and prediction (K,H,W), all uint8 but the ids, of the view's first `count`
    items, and their label space as JSON text.
    """
    indices = np.arange(min(count, len(view)))
    image, label = batch_at(view, indices, resolution, device)
    with torch.no_grad():
        predicted = network(image)["out"].argmax(1)
    return {
        "ids": np.array(view.ids[: len(indices)]),
        "image": as_bytes(image),
        "label": label.to(torch.uint8).cpu().numpy(),
        "prediction": predicted.to(torch.uint8).cpu().numpy(),
        "space": np.array(json.dumps(view.label_space.to_dict())),
    }
