"""Running a segmenter over a view: confusion matrices and predictions."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F

from dakpn.data.label_spaces import IGNORE, LabelSpace, check_same_space
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore, confusion_matrix
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.segmentation.training import batch_at, batches
from dakpn.training.sampling import as_bytes


@torch.no_grad()
def predictions(
    network: SegmentationNetwork,
    view: View,
    truth: View,
    resolution: tuple[int, int],
    device: torch.device | str,
    *,
    resize: Literal["label-down", "prediction-up"] = "label-down",
    shard: int = 0,
    shards: int = 1,
) -> Iterator[tuple[list[str], torch.Tensor, torch.Tensor]]:
    """Yield (ids, predicted, label) of batches of `truth`, the last two (B,H,W) int64: images from `view`, labels from
    `truth`.

    resize: the network always sees the resolution; "label-down" compares there, "prediction-up" at the size of the
    views' images, with the logits upsampled bilinearly. shard, shards: only every `shards`-th batch from number `shard`
    on; a batch has the same items whatever their number. Raises InputError for an item of truth that the view lacks.
    """
    network.eval()
    place = {name: row for row, name in enumerate(view.ids)}
    lacking = [name for name in truth.ids if name not in place]
    if lacking:
        raise InputError(
            f"{view.directory}: image {lacking[0]} is to be scored but is not there. Let tasks.<task>.source.train "
            "hold the split that evaluation.splits names."
        )
    full = truth.image_size if resize == "prediction-up" else tuple(resolution)
    for batch in islice(batches(len(truth)), shard, None, shards):
        rows = np.arange(batch.start, batch.stop)
        image, _ = batch_at(view, np.array([place[truth.ids[row]] for row in rows]), resolution, device)
        _, label = batch_at(truth, rows, full, device)
        logits = network(image)["out"]
        if logits.shape[-2:] != label.shape[-2:]:
            logits = F.interpolate(logits, label.shape[-2:], mode="bilinear", align_corners=False)
        yield truth.ids[batch], logits.argmax(1), label


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
    shard: int = 0,
    shards: int = 1,
) -> ConfusionStore:
    """One confusion matrix per image, under `label_space`, the label space that the task's target is scored in.

    The network predicts its classes. Labels have the same classes: those of the target's own view, or for FCN-Scores
    those of the source's, whose label space may score and merge otherwise.
    truth: the items that are scored and their labels, the view's own by default. resize, shard, shards: see
    `predictions`; a shard may have no item. void: how pixels without a class are scored; "road" is the released
    FCN-Score reader's. Only the matrices are kept, so that memory holds one batch of images whatever the size of the
    set. Raises InputError as `predictions`, for labels of other classes, and for void "road" where no class has that
    name.
    """
    truth = view if truth is None else truth
    check_same_space(truth.label_space, label_space, str(truth.directory))
    to_label, to_prediction = (torch.from_numpy(table).to(device) for table in label_space.for_scoring())
    if void == "road":
        if "road" not in label_space.classes:
            raise InputError(f"evaluation.void: {label_space.name} has no class road. Set it to ignored.")
        to_label[IGNORE] = label_space.classes.index("road")
    ids, counts = [], [np.zeros((0, len(label_space), len(label_space)), np.int32)]
    how = {"resize": resize, "shard": shard, "shards": shards}
    for names, predicted, label in predictions(network, view, truth, resolution, device, **how):
        matrices = confusion_matrix(to_prediction[predicted], to_label[label], len(label_space))
        ids += names
        counts.append(matrices.to(torch.int32).cpu().numpy())
    return ConfusionStore(tuple(ids), np.concatenate(counts).astype(np.int64), label_space)


def sample_predictions(
    network: SegmentationNetwork, view: View, resolution: tuple[int, int], device: torch.device | str, count: int
) -> dict[str, np.ndarray]:
    """ids, image (K,H,W,3), label (K,H,W) and prediction (K,H,W), all uint8 but the ids, of the view's first `count`
    items, and their label space as JSON text."""
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
