"""Colour statistics transfer: Reinhard, Ashikhmin, Gooch, Shirley, "Color Transfer between Images", 2001.

Per channel of the space l-alpha-beta, an image is shifted and scaled to the target's mean and standard deviation.
Written from the paper. Its matrices from RGB to LMS and from log LMS to l-alpha-beta are used; the way back is their
exact inverse rather than the paper's rounded one.
"""

import torch
from torch import Tensor

from baselines.target_statistics import TargetStatistics
from dakpn.translation.batch import Batch

RGB_TO_LMS = ((0.3811, 0.5783, 0.0402), (0.1967, 0.7244, 0.0782), (0.0241, 0.1288, 0.8444))
LOG_LMS_TO_LAB = ((3**-0.5, 3**-0.5, 3**-0.5), (6**-0.5, 6**-0.5, -2 * 6**-0.5), (2**-0.5, -(2**-0.5), 0.0))
DARKEST = 1 / 255
"""Darker values count as the first step above black, whose logarithm is finite (decision colour-transfer-black)."""


class ColourTransfer(TargetStatistics):
    """Every image gets the mean and standard deviation of the target's typical image, per channel of l-alpha-beta.

    The paper pairs one image with one. Here the target's side is the mean over its training images of their means and
    of their standard deviations (decision control-statistics); the source's side is the image's own, as in the paper.
    """

    label = "Colour transfer"

    def neutral(self) -> dict[str, Tensor]:
        return {"mean": torch.zeros(3), "deviation": torch.ones(3)}

    def measure(self, images: Tensor) -> dict[str, Tensor]:
        mean, deviation = _statistics(to_lab(images))
        return {"mean": mean, "deviation": deviation}

    @torch.no_grad()
    def translate(self, batch: Batch) -> Tensor:
        lab = to_lab(batch.image)
        mean, deviation = (part[..., None, None] for part in _statistics(lab))
        # A channel that does not vary takes the target's mean.
        scale = self.target["deviation"].view(3, 1, 1) / deviation.clamp(min=1e-12)
        moved = (lab - mean) * scale + self.target["mean"].view(3, 1, 1)
        return from_lab(moved).clamp(0, 1).to(batch.image.dtype)


def to_lab(image: Tensor) -> Tensor:
    """RGB (B,3,H,W) in [0,1] -> l-alpha-beta (B,3,H,W) float64, of decadic logarithms as in the paper."""
    return _apply(LOG_LMS_TO_LAB, _apply(RGB_TO_LMS, image.double().clamp(min=DARKEST)).log10())


def from_lab(lab: Tensor) -> Tensor:
    """The exact inverse of `to_lab`; colours outside [0,1] are kept."""
    # The second matrix is orthonormal: its inverse is its transpose.
    log_lms = _apply(tuple(zip(*LOG_LMS_TO_LAB, strict=True)), lab)
    return _apply(torch.linalg.inv(torch.tensor(RGB_TO_LMS, dtype=torch.float64)).tolist(), 10**log_lms)


def _apply(matrix, image: Tensor) -> Tensor:
    return torch.einsum("ij,bjhw->bihw", torch.tensor(matrix, dtype=image.dtype, device=image.device), image)


def _statistics(image: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (B,3) over the pixels of each image."""
    return image.mean((-2, -1)), image.std((-2, -1), correction=0)
