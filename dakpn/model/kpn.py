"""The kernel prediction module (paper 3.3): one convolution from class logits to the 12 parameters of every pixel.

Also the encoder and the predictor of the control without semantics (`encoder: none`).
"""

import torch
from torch import Tensor, nn


def _start(sigma: float) -> Tensor:
    return torch.tensor([1.0] * 3 + [0.0] * 3 + [sigma] * 3 + [0.0] * 3)


class KernelPredictor(nn.Module):
    """A 1x1 convolution from n class logits to 12 channels, 240 parameters for n = 19; it starts near the identity.

    Channels: weight for H, S, V; bias for H, S, V; blur sigma for R, G, B in pixels; noise scale for R, G, B (paper
    3.3; section 5 confirms channels 2, 5 and 8). The paper states no kernel size; 1x1 is the released code's.

    sigma_start: blur sigma at the start. At 0, the exact identity, the gradient vanishes and blur is never learned. At
    0.25 a neighbour weighs exp(-8) = 3.4e-4, which changes no 8-bit value, and the gradient is alive (decision
    sigma-start; the released code starts at 1, a visible blur).
    """

    def __init__(self, num_classes: int, sigma_start: float = 0.25) -> None:
        super().__init__()
        self.predict = nn.Conv2d(num_classes, 12, kernel_size=1)
        nn.init.zeros_(self.predict.weight)
        with torch.no_grad():
            self.predict.bias.copy_(_start(sigma_start))

    def forward(self, logits: Tensor) -> Tensor:
        """(B,n,h,w) logits -> (B,12,h,w) theta."""
        return self.predict(logits)


class GlobalTheta(nn.Module):
    """Twelve learned numbers, the same theta for every pixel of every image; they start where KernelPredictor starts.

    Adam moves each number by about the learning rate at every step; DA-KPN's theta is moved by the weights of all
    classes. At DA-KPN's rate this control therefore stays closer to the identity in a short training (decision
    one-theta-rate).
    """

    def __init__(self, sigma_start: float = 0.25) -> None:
        super().__init__()
        self.theta = nn.Parameter(_start(sigma_start))

    def forward(self, logits: Tensor) -> Tensor:
        """(B,n,h,w), of which only the size counts -> (B,12,h,w)."""
        return self.theta.view(1, -1, 1, 1).expand(len(logits), -1, *logits.shape[-2:])


class NullEncoder(nn.Module):
    """An encoder without parameters whose output does not depend on the image."""

    def coarse(self, image: Tensor, *, normalised: bool = True) -> Tensor:
        """(B,3,h,w) -> (B,1,1,1) zeros."""
        return image.new_zeros(len(image), 1, 1, 1)
