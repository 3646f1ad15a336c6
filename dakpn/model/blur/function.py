"""The blur as a differentiable function: checks, choice of the implementation, gradients."""

import os
import warnings
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dakpn.model.blur import eager, native

BACKENDS = ("auto", "eager", "compiled")
USED: set[str] = set()
"""Names of the modules beside this one that have computed a blur in this process."""


class _LocalGaussianBlur(torch.autograd.Function):
    """Keeps only its inputs: the backward pass computes the weights again, so no kernel is ever stored."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, sigma: Tensor, radius: int, backend: ModuleType) -> Tensor:
        ctx.save_for_backward(image, sigma)
        ctx.radius, ctx.backend = radius, backend
        return backend.forward(_planes(image), _planes(sigma), radius).view(image.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        image, sigma = ctx.saved_tensors
        planes = (_planes(image), _planes(sigma), _planes(grad))
        grads = ctx.backend.backward(*planes, ctx.radius, *ctx.needs_input_grad[:2])
        return *(part if part is None else part.view(image.shape) for part in grads), None, None


def _planes(tensor: Tensor) -> Tensor:
    return tensor.reshape(-1, *tensor.shape[-2:])


@cache
def compiler_works() -> bool:
    """Whether the C code compiles on this machine; warns with the reason if not, once."""
    try:
        native.library()
    except native.CompilerError as error:
        warnings.warn(f"the blur runs without its C code, several times slower: {error}", RuntimeWarning, stacklevel=2)
        return False
    return True


def _choose(backend: str, image: Tensor, radius: int) -> ModuleType:
    """The implementation for an image: Triton on CUDA and C on a CPU where they can run, else plain PyTorch."""
    if backend == "eager":
        return eager
    if image.device.type == "cuda" and image.dtype == torch.float32 and find_spec("triton"):
        from dakpn.model.blur import gpu

        return gpu
    if backend == "compiled" and native.supports(image, radius):
        native.library()
        return native
    if backend == "auto" and native.supports(image, radius) and compiler_works():
        return native
    return eager


def local_gaussian_blur(image: Tensor, sigma: Tensor, kernel_size: int = 25, backend: str | None = None) -> Tensor:
    """Blur every value of an image with a Gaussian of its own (paper, Eq. 2).

    image, sigma: (B,3,H,W) floats (any number of channels); sigma in pixels, any finite real number. It enters squared,
    so its sign is free; 0 leaves the pixel unchanged, a huge one takes the mean of the window. kernel_size: odd, at
    least 1. Returns (B,3,H,W): at each pixel the weighted mean of its kernel_size x kernel_size neighbours, borders
    replicated. The kernel belongs to the pixel that is written, and its weights sum to 1 (decision blur-kernel: Eq. 2
    as printed is a density). Gradients go to image and sigma; sigma's vanishes at 0 and is alive at 0.25. No second
    derivatives.

    backend: one of BACKENDS, by default the environment's DAKPN_BLUR, else "auto". "eager": PyTorch operations.
    "compiled": C on a CPU and Triton on CUDA in single precision, eager for the rest. "auto": the same, and eager with
    one warning where no C compiler works.
    Raises ValueError for a wrong shape, kernel size or backend, CompilerError for "compiled" without a C compiler.
    """
    if image.shape != sigma.shape or image.ndim != 4:
        shapes = f"{tuple(image.shape)} and {tuple(sigma.shape)}"
        raise ValueError(f"image and sigma must have one shape (B,C,H,W), not {shapes}")
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(f"kernel_size must be odd and at least 1, not {kernel_size}")
    backend = backend or os.environ.get("DAKPN_BLUR", "auto")
    if backend not in BACKENDS:
        raise ValueError(f"unknown blur backend {backend!r}; choose from {', '.join(BACKENDS)}")
    if image.numel() == 0:
        return image + 0 * sigma
    dtype = torch.promote_types(torch.promote_types(image.dtype, sigma.dtype), torch.float32)
    precise, radius = image.to(dtype), kernel_size // 2
    chosen = _choose(backend, precise, radius)
    USED.add(chosen.__name__.rpartition(".")[2])
    out = _LocalGaussianBlur.apply(precise, sigma.to(dtype), radius, chosen)
    return out.to(image.dtype)
