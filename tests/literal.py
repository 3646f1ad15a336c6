"""The blur as Eq. 2 says it, in double precision: slow, obvious, and only for tests and benchmarks."""

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


def unfolded_blur(image: Tensor, sigma: Tensor, kernel_size: int = 25) -> Tensor:
    """The same in the image's precision, with all weights of every value in memory at once."""
    radius = kernel_size // 2
    batch, channels, height, width = image.shape
    windows = F.unfold(F.pad(image, (radius,) * 4, mode="replicate"), kernel_size)
    windows = windows.view(batch, channels, kernel_size * kernel_size, height, width)
    offset = torch.arange(-radius, radius + 1, dtype=image.dtype)
    square = (offset[:, None] ** 2 + offset**2).flatten().view(1, 1, -1, 1, 1)
    weights = torch.exp(-square / (2 * sigma.unsqueeze(2) ** 2 + 1e-8))
    return (windows * weights / weights.sum(2, keepdim=True)).sum(2)
