"""How close translations come to the true one, the same scene through the target's camera, which procedural data have.

No real benchmark has such pairs, so this table is a supplement: it shows whether a method reproduces the camera and
keeps the content of the image.
"""

import numpy as np
import torch

from dakpn.data.label_spaces import LabelSpace
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.segmentation.training import batches, images_at, labels_at
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
    for rows in batches(len(translated)):
        ours, true = as_tensor(translated[rows], device), as_tensor(truth[rows], device)
        psnr.append(peak_signal_noise_ratio(ours, true, data_range=1.0, reduction="none", dim=(1, 2, 3)))
        ssim.append(structural_similarity_index_measure(ours, true, data_range=1.0, reduction="none"))
        label = to_label[labels_at(labels[rows], resolution, device)]
        on_true, on_ours = (
            to_prediction[judge(images_at(images[rows], resolution, device))["out"].argmax(1)] == label
            for images in (truth, translated)
        )
        right += int(on_true.sum())
        flipped += int((on_true & ~on_ours).sum())
    return {
        "psnr": float(torch.cat(psnr).mean()),
        "ssim": float(torch.cat(ssim).mean()),
        "flip_rate": 100 * flipped / max(right, 1),
    }
