"""The blur of Eq. 2 against its literal form, which holds all weights of every value in memory."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from benchmarks.comparison import Row, beside_literal
from benchmarks.literal import unfolded_blur
from dakpn.model.blur import local_gaussian_blur

BACKENDS = {"eager": "PyTorch operations", "compiled": "compiled"}


def _forward(blur: Callable[..., Tensor], image: Tensor, sigma: Tensor) -> None:
    with torch.no_grad():
        blur(image, sigma)


def _both(blur: Callable[..., Tensor], image: Tensor, sigma: Tensor) -> None:
    inputs = [tensor.clone().requires_grad_() for tensor in (image, sigma)]
    blur(*inputs).sum().backward()


def operator_rows(
    batch: int, height: int, width: int, *, sigma_max: float, repeats: int, device: torch.device, seed: int = 0
) -> list[Row]:
    """Forward, and forward with backward, of every implementation on a random batch (batch,3,height,width).

    sigma is uniform in [0, sigma_max]: weights that vanish are skipped, so a small sigma_max is faster. The literal
    side needs about 2.5 kB per value and three times that with backward.
    """
    generator = torch.Generator().manual_seed(seed)
    image, sigma = (torch.rand(batch, 3, height, width, generator=generator).to(device) for _ in range(2))
    sigma = sigma * sigma_max
    rows = []
    for direction, run in (("forward", _forward), ("forward + backward", _both)):
        ours = {
            f"{direction}, {batch}x3x{height}x{width}, sigma to {sigma_max:g}, {label}": partial(
                run, partial(local_gaussian_blur, backend=backend), image, sigma
            )
            for backend, label in BACKENDS.items()
        }
        rows += beside_literal("blur", partial(run, unfolded_blur, image, sigma), ours, repeats=repeats, device=device)
    return rows
