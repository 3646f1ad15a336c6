"""Running a segmenter over a view: confusion matrices and predictions."""

from collections.abc import Iterator

import numpy as np
import torch

from dakpn.confusion import ConfusionStore, confusion_matrix
from dakpn.data.views import View
from dakpn.labels import LabelSpace
from dakpn.sampling import as_bytes
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.segmentation.training import batch_at


@torch.no_grad()
def predictions(
    network: SegmentationNetwork,
    view: View,
    resolution: tuple[int, int],
    device: torch.device | str,
    *,
    batch: int = 8,
    limit: int | None = None,
) -> Iterator[tuple[np.ndarray, torch.Tensor, torch.Tensor]]:
    """Yield (indices, predicted (B,H,W) int64, label (B,H,W) int64) over the first `limit` items of the view."""
    network.eval()
    count = min(limit or len(view), len(view))
    for start in range(0, count, batch):
        indices = np.arange(start, min(start + batch, count))
        image, label = batch_at(view, indices, resolution, device)
        yield indices, network(image)["out"].argmax(1), label


def evaluate(
    network: SegmentationNetwork, view: View, space: LabelSpace, resolution: tuple[int, int], device: torch.device | str
) -> ConfusionStore:
    """One confusion matrix per image of the view, under the label space that the target data set is scored in."""
    to_label, to_prediction = (torch.from_numpy(table).to(device) for table in space.for_scoring())
    counts = [
        confusion_matrix(to_prediction[predicted], to_label[label], len(space)).cpu().numpy()
        for _, predicted, label in predictions(network, view, resolution, device)
    ]
    return ConfusionStore(tuple(view.ids), np.concatenate(counts))


def sample_predictions(
    network: SegmentationNetwork, view: View, resolution: tuple[int, int], device: torch.device | str, count: int
) -> dict[str, np.ndarray]:
    """ids, image (K,H,W,3), label (K,H,W) and prediction (K,H,W), all uint8 but the ids, of the view's first `count`
    items.
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
    }
