"""How much faster the blur of Eq. 2 is than its literal definition, which holds all weights of every value in memory.

Processor seconds (of all threads), the smallest of a few repeats, so that other load on the machine counts little.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from dakpn.blur import local_gaussian_blur
from tests.literal import unfolded_blur


class Row(NamedTuple):
    """One comparison: seconds of both sides and how many times ours is faster."""

    name: str
    literal_seconds: float
    seconds: float
    ratio: float


def _best(run: Callable[[], object], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds)


def _pass(blur: Callable[..., Tensor], image: Tensor, sigma: Tensor, with_backward: bool, **options: str) -> None:
    if not with_backward:
        blur(image, sigma, **options)
        return
    inputs = [tensor.clone().requires_grad_() for tensor in (image, sigma)]
    blur(*inputs, **options).sum().backward()


def blur_rows(height: int, width: int, *, sigma_max: float = 5.0, repeats: int = 3, seed: int = 0) -> list[Row]:
    """Forward and forward with backward for every implementation, on one random image (1,3,height,width).

    sigma is uniform in [0, sigma_max]: small kernels are cut short, so a small sigma_max is faster. The literal side
    needs about 1.9 kB per value and several times that with backward: 90 x 160 takes below a gigabyte.
    """
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, height, width, generator=generator)
    sigma = torch.rand(1, 3, height, width, generator=generator) * sigma_max
    rows = []
    for with_backward in (False, True):
        literal = _best(lambda back=with_backward: _pass(unfolded_blur, image, sigma, back), 1)
        for backend in ("eager", "compiled"):
            _pass(local_gaussian_blur, image, sigma, with_backward, backend=backend)
            ours = _best(
                lambda back=with_backward, name=backend: _pass(local_gaussian_blur, image, sigma, back, backend=name),
                repeats,
            )
            direction = "forward + backward" if with_backward else "forward"
            rows.append(Row(f"{backend}, {direction}, {height}x{width}", literal, ours, literal / ours))
    return rows
