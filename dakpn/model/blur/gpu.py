"""The blur as two Triton kernels for float32 on a CUDA device: a program per run of pixels, only results in memory."""

import torch
import triton
import triton.language as tl
from torch import Tensor

from dakpn.model.blur.kernel import fold, sharpness

BLOCK = 256


@triton.jit
def _weighted(
    image, sharp, grad, out, share, height, width, RADIUS: tl.constexpr, SLOPE: tl.constexpr, BLOCK: tl.constexpr
):
    """out: the blurred image; with SLOPE grad times its derivative by -a, and share: grad over the sum of weights."""
    plane = tl.program_id(1).to(tl.int64) * height * width
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = pixel < height * width
    y, x = pixel // width, pixel % width
    a = tl.load(sharp + plane + pixel, mask=inside, other=1.0)
    total, slope, norm, square = a * 0, a * 0, a * 0, a * 0
    for dy in range(-RADIUS, RADIUS + 1):
        row = plane + tl.minimum(tl.maximum(y + dy, 0), height - 1) * width
        line, bent = a * 0, a * 0
        for dx in range(-RADIUS, RADIUS + 1):
            column = tl.minimum(tl.maximum(x + dx, 0), width - 1)
            part = tl.exp(-a * (dx * dx)) * tl.load(image + row + column, mask=inside, other=0.0)
            line += part
            if SLOPE:
                bent += part * (dx * dx)
        weight = tl.exp(-a * (dy * dy))
        total += weight * line
        norm += weight
        if SLOPE:
            slope += weight * (bent + line * (dy * dy))
            square += weight * (dy * dy)
    if SLOPE:
        scaled = tl.load(grad + plane + pixel, mask=inside, other=0.0) / (norm * norm)
        tl.store(share + plane + pixel, scaled, mask=inside)
        tl.store(out + plane + pixel, scaled * (slope - total * (2 * square / norm)), mask=inside)
    else:
        tl.store(out + plane + pixel, total / (norm * norm), mask=inside)


@triton.jit
def _spread(share, sharp, out, height, width, RADIUS: tl.constexpr, BLOCK: tl.constexpr):
    """Adjoint of the weighted sums as a gather, so no atomics: out has RADIUS pixels of margin per plane."""
    pitch = width + 2 * RADIUS
    size = (height + 2 * RADIUS) * pitch
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    plane = tl.program_id(1).to(tl.int64)
    y, x = pixel // pitch - RADIUS, pixel % pitch - RADIUS
    total = tl.zeros((BLOCK,), tl.float32)
    for dy in range(-RADIUS, RADIUS + 1):
        row = y + dy
        for dx in range(-RADIUS, RADIUS + 1):
            column = x + dx
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width) & (pixel < size)
            source = plane * height * width + row * width + column
            a = tl.load(sharp + source, mask=inside, other=0.0)
            total += tl.exp(-a * (dx * dx + dy * dy)) * tl.load(share + source, mask=inside, other=0.0)
    tl.store(out + plane * size + pixel, total, mask=pixel < size)


def forward(image: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """The blurred image; image and sigma (N,H,W) float32."""
    image, sharp = image.contiguous(), sharpness(sigma.contiguous())
    out = torch.empty_like(image)
    _launch(_weighted, image.shape, image, sharp, image, out, out, *image.shape[1:], RADIUS=radius, SLOPE=False)
    return out


def backward(
    image: Tensor, sigma: Tensor, grad: Tensor, radius: int, wants_image: bool, wants_sigma: bool
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients for image and sigma (each None unless wanted), given that of the result; all (N,H,W) float32."""
    count, height, width = image.shape
    image, grad, sharp = image.contiguous(), grad.contiguous(), sharpness(sigma.contiguous())
    slope, share = torch.empty_like(image), torch.empty_like(image)
    _launch(_weighted, image.shape, image, sharp, grad, slope, share, height, width, RADIUS=radius, SLOPE=True)
    grad_image = None
    if wants_image:
        spread = image.new_empty(count, height + 2 * radius, width + 2 * radius)
        _launch(_spread, spread.shape, share, sharp, spread, height, width, RADIUS=radius)
        grad_image = fold(fold(spread, radius).mT, radius).mT.contiguous()
    grad_sigma = slope.mul_(sharp.square_()).mul_(sigma).mul_(4) if wants_sigma else None
    return grad_image, grad_sigma


def _launch(kernel, shape: torch.Size, *arguments, **constants) -> None:
    grid = (triton.cdiv(shape[1] * shape[2], BLOCK), shape[0])
    kernel[grid](*arguments, BLOCK=BLOCK, **constants)
