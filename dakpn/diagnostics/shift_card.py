"""The shift card: what each component of the camera, each group and all together cost a source-only segmenter."""

from typing import Any

import torch
import torch.nn.functional as F

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.evaluation.confusion import confusion_matrix
from dakpn.evaluation.metrics import METRICS, scores
from dakpn.procedural.shift import VARIANTS, render_variant
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.training.sampling import as_tensor

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
    for name, variant in VARIANTS[task].items():
        images, labels = render_variant(task, name, count=count, size=size, seed=seed)
        counts = sum(
            _confusion(
                network, images[start : start + 8], labels[start : start + 8], resolution, len(label_space), device
            )
            for start in range(0, count, 8)
        )
        found = scores(counts, "exclude", label_space.scored)
        for metric, attribute in METRICS.items():
            value = 100 * getattr(found, attribute)
            # VARIANTS opens with "none", the same scenes without any shift.
            loss = unshifted.setdefault(metric, value) - value
            about = {"task": task, "variant": name, "group": variant.group, "metric": metric}
            rows.append({**about, "value": value, "loss_vs_none": loss})
    return rows


def _confusion(network, images, labels, resolution, num_classes, device):
    image = F.interpolate(as_tensor(images, device), resolution, mode="bilinear", align_corners=False, antialias=True)
    label = F.interpolate(torch.from_numpy(labels).to(device)[:, None].float(), resolution, mode="nearest-exact")
    return confusion_matrix(network(image)["out"].argmax(1), label[:, 0].long(), num_classes).sum(0).cpu().numpy()
