"""What the implementations of the blur share: the weights of a kernel, where they are negligible, and the borders.

With a = 1/(2 sigma^2 + 1e-8) and t = exp(-a), the weight at the offset (dx,dy) is t^(dx^2+dy^2). A kernel is separable,
so its weights sum to z^2 with z = sum over |d| <= radius of t^(d^2).
"""

import math

import torch
from torch import Tensor

# The summand of the released code: sigma = 0 is the identity, and nothing is divided by zero.
SOFTENING = 1e-8
# Upper limit of a: the neighbour's weight exp(-80) = 2e-35 is negligible and does not underflow.
SHARPEST = 80.0
# Weights below these are left out: far below the rounding of the sum they would enter.
NEGLIGIBLE = {torch.float32: 1e-10, torch.float64: 1e-18}


def sharpness(sigma: Tensor) -> Tensor:
    """a = 1/(2 sigma^2 + 1e-8), at most SHARPEST, in the shape of sigma; sigma may have any sign and size."""
    return (2 * sigma * sigma + SOFTENING).reciprocal_().clamp_(max=SHARPEST)


def reach(sigma: Tensor, radius: int) -> int:
    """Distance in pixels beyond which no weight of any of these kernels matters, rounded up to one of a few steps.

    0: every kernel is a single pixel. At most the distance of the window's corner.
    """
    if sigma.numel() == 0 or radius == 0:
        return 0
    lowest, highest = torch.aminmax(sigma)
    widest = max(-lowest.item(), highest.item())
    cutoff = -math.log(NEGLIGIBLE[sigma.dtype]) * (2 * widest * widest + SOFTENING)
    corner = math.ceil(radius * math.sqrt(2))
    if cutoff < 1:
        return 0
    if not cutoff < corner * corner:
        return corner
    return min(corner, next(step for step in (1, 2, 3, 4, 6, 9, *range(12, corner + 4, 4)) if step * step >= cutoff))


def fold(padded: Tensor, radius: int) -> Tensor:
    """Adjoint of replicating the first and last of the second axis `radius` times; changes `padded`, returns a view."""
    if radius:
        padded[:, radius] += padded[:, :radius].sum(1)
        padded[:, -radius - 1] += padded[:, -radius:].sum(1)
        padded = padded[:, radius:-radius]
    return padded
