"""The blur as Eq. 2 says it, in double precision: slow, obvious, and only for tests."""

import torch
from torch import Tensor
from torch.nn import functional as F


def literal_blur(image: Tensor, sigma: Tensor, kernel_size: int = 25) -> Tensor:
    """Images and sigmas (B,3,H,W) of any dtype -> (B,3,H,W) float64, differentiable by automatic differentiation."""
    image, sigma = image.double(), sigma.double()
    radius = kernel_size // 2
    height, width = image.shape[-2:]
    padded = F.pad(image, (radius,) * 4, mode="replicate")
    total, norm = torch.zeros_like(image), torch.zeros_like(image)
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            weight = torch.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma + 1e-8))
            total = total + weight * padded[..., radius + dy : radius + dy + height, radius + dx : radius + dx + width]
            norm = norm + weight
    return total / norm
