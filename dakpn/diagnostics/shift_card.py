"""The shift card: what each component of the camera, each group and all together cost a source-only segmenter."""

from typing import Any

import numpy as np
import torch

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.evaluation.confusion import confusion_matrix
from dakpn.evaluation.metrics import METRICS, scores
from dakpn.procedural.shift import VARIANTS, render_variant
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.segmentation.training import batches, images_at, labels_at

SPACES = {"street": "cityscapes", "face": "celebamask-hq"}


@torch.no_grad()
def shift_rows(
    network: SegmentationNetwork,
    task: str,
    *,
    resolution: tuple[int, int],
    size: tuple[int, int],
    count: int,
    seed: int,
    device: torch.device | str,
) -> list[dict[str, Any]]:
    """Scores (percent) of `network` on `count` scenes under every variant of the shift, and what each loses against
    none.

    The scenes are new ones: their seed differs from the training sets'. Rows: task, variant, group, metric, value,
    loss_vs_none (positive = the shift costs so many points).
    """
    label_space, rows, unshifted = LABEL_SPACES[SPACES[task]], [], {}
    for name, variant in VARIANTS.items():
        images, labels = render_variant(task, name, count=count, size=size, seed=seed)
        counts = []
        for batch in batches(count):
            predicted = network(images_at(images[batch], resolution, device))["out"].argmax(1)
            label = labels_at(labels[batch], resolution, device)
            counts.append(confusion_matrix(predicted, label, len(label_space)).sum(0).cpu().numpy())
        scored = scores(np.stack(counts), "exclude", label_space.scored)
        for metric, attribute in METRICS.items():
            value = 100 * getattr(scored, attribute)
            # VARIANTS opens with "none", the same scenes without any shift.
            loss = unshifted.setdefault(metric, value) - value
            about = {"task": task, "variant": name, "group": variant.group, "metric": metric}
            rows.append({**about, "value": value, "loss_vs_none": loss})
    return rows
