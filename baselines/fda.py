"""FDA: Yang and Soatto, "FDA: Fourier Domain Adaptation for Semantic Segmentation", CVPR 2020, Eq. 3.

The amplitudes of an image's low frequencies are replaced by the target's; its phases and its high frequencies stay.
Written from the paper; only the translation, not the segmentation losses that the paper adds.
"""

import torch
from pydantic import Field
from torch import Tensor

from baselines.target_statistics import TargetStatistics
from dakpn.config.models import Section
from dakpn.translation.batch import Batch


class FDA(TargetStatistics):
    """Low-frequency amplitudes of every image become the mean amplitudes of the target's training images.

    The paper takes those of one target image, drawn anew at every step of training a segmenter. Here an image is
    translated once, so the target's side is the mean over its images (decision control-statistics): no draw decides a
    score, and a translation depends on nothing but its image.
    """

    class Config(Section):
        """Settings of FDA."""

        beta: float = Field(
            0.05,
            ge=0,
            lt=0.5,
            description="half the window of replaced frequencies as a share of the image's sides; the paper uses 0.01, "
            "0.05 and 0.09 (decision fda-window: the middle one, since 0.01 of a small image is its mean colour alone)",
        )

    label = "FDA"

    @property
    def _window(self) -> tuple[int, int]:
        """Largest replaced frequency, in periods per image, along height and width."""
        return tuple(int(self.config.beta * size) for size in self.image_size)

    def neutral(self) -> dict[str, Tensor]:
        rows, columns = self._window
        return {"amplitude": torch.zeros(3, 2 * rows + 1, columns + 1)}

    def measure(self, images: Tensor) -> dict[str, Tensor]:
        return {"amplitude": self._low(_spectrum(images)).abs()}

    @torch.no_grad()
    def translate(self, batch: Batch) -> Tensor:
        spectrum = _spectrum(batch.image)
        phase = self._low(spectrum).angle()
        rows, columns = self._rows(spectrum), slice(self._window[1] + 1)
        spectrum[..., rows, columns] = torch.polar(self.target["amplitude"].expand_as(phase), phase)
        restored = torch.fft.irfft2(spectrum, s=batch.image.shape[-2:], norm="forward")
        return restored.clamp(0, 1).to(batch.image.dtype)

    def _low(self, spectrum: Tensor) -> Tensor:
        """(...,H,W//2+1) -> (...,2b+1,c+1): the frequencies -b..b along height and 0..c along width."""
        return spectrum[..., self._rows(spectrum), : self._window[1] + 1]

    def _rows(self, spectrum: Tensor) -> Tensor:
        highest = self._window[0]
        return torch.arange(-highest, highest + 1, device=spectrum.device) % spectrum.shape[-2]


def _spectrum(image: Tensor) -> Tensor:
    """(B,3,H,W) -> (B,3,H,W//2+1) complex128; divided by the number of pixels, so that sizes can be compared."""
    return torch.fft.rfft2(image.double(), norm="forward")
