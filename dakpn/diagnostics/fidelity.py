"""How close translations come to the true one, the same scene through the target's camera, which procedural data have.

No real benchmark has such pairs, so this table is a supplement: it shows whether a method reproduces the camera and
keeps the content of the image.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dakpn.data.label_spaces import LabelSpace
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.training.sampling import as_tensor

UNITS = {"psnr": "dB", "ssim": "", "flip_rate": "percent"}


@torch.no_grad()
def fidelity(
    translated: np.ndarray,
    truth: np.ndarray,
    labels: np.ndarray,
    *,
    judge: SegmentationNetwork,
    label_space: LabelSpace,
    resolution: tuple[int, int],
    device: torch.device | str,
    batch: int = 8,
) -> dict[str, float]:
    """Mean PSNR (dB) and SSIM over images, and the semantic flip rate (percent), of (N,H,W,3) uint8 translations.

    truth: the same scenes as the target's camera sees them; labels: (N,H,W) uint8 train ids. A pixel is flipped when
    the judge names its class correctly on the true rendering and wrongly on the translation; the rate is over the
    pixels that it names correctly on the true rendering, so that the judge's own errors do not count against a method.
    """
    # Imported here because only this job needs it and it takes seconds to import.
    from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

    to_label, to_prediction = (torch.from_numpy(table).to(device) for table in label_space.for_scoring())
    psnr, ssim, flipped, right = [], [], 0, 0
    for start in range(0, len(translated), batch):
        rows = slice(start, start + batch)
        ours, true = as_tensor(translated[rows], device), as_tensor(truth[rows], device)
        psnr.append(peak_signal_noise_ratio(ours, true, data_range=1.0, reduction="none", dim=(1, 2, 3)))
        ssim.append(structural_similarity_index_measure(ours, true, data_range=1.0, reduction="none"))
        label = torch.from_numpy(np.array(labels[rows])).to(device)[:, None].float()
        label = to_label[F.interpolate(label, resolution, mode="nearest-exact")[:, 0].long()]
        on_true = to_prediction[_predict(judge, true, resolution)] == label
        on_ours = to_prediction[_predict(judge, ours, resolution)] == label
        right += int(on_true.sum())
        flipped += int((on_true & ~on_ours).sum())
    return {
        "psnr": float(torch.cat(psnr).mean()),
        "ssim": float(torch.cat(ssim).mean()),
        "flip_rate": 100 * flipped / max(right, 1),
    }


def _predict(judge: SegmentationNetwork, image: Tensor, resolution: tuple[int, int]) -> Tensor:
    if tuple(image.shape[-2:]) != tuple(resolution):
        image = F.interpolate(image, resolution, mode="bilinear", align_corners=False, antialias=True)
    return judge(image)["out"].argmax(1)
