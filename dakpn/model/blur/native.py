"""The blur in C for float32 on the CPU: compiled once by the system's compiler (a second), kept in the user's cache.

A file in the cache is loaded only if it is the user's own in a folder of the user's own, its bytes are those that its
name tells, and its results are those of the eager form.
"""

import ctypes
import hashlib
import os
import platform
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor
from torch.nn import functional as F

from dakpn.files import publish, sha256
from dakpn.model.blur import eager
from dakpn.model.blur.kernel import NEGLIGIBLE, fold, sharpness

SOURCE = Path(__file__).with_name("native.c")
FLAGS = ("-O3", "-march=native", "-std=gnu11", "-fno-math-errno", "-fPIC", "-shared")
# The C code's fixed arrays; larger windows take the eager path.
LARGEST_RADIUS = 32
COMPILE_SECONDS = 60


class CompilerError(RuntimeError):
    """There is no working C compiler, or no place to keep its result."""


def supports(image: Tensor, radius: int) -> bool:
    """Whether this implementation covers the case (it covers no double precision and no window beyond 65 pixels)."""
    return image.device.type == "cpu" and image.dtype == torch.float32 and radius <= LARGEST_RADIUS


@cache
def library() -> ctypes.CDLL:
    """The compiled code, built on the first call on a machine. Raises CompilerError with the reason if that fails."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        raise CompilerError("no C compiler found (CC, cc, gcc, clang)")
    try:
        folder = _private(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dakpn")
        stem = f"blur-{_fingerprint(compiler)}"
        for path in filter(_is_ours, sorted(folder.glob(f"{stem}-*.so"))):
            if code := _loaded(path):
                return code
            path.unlink(missing_ok=True)
        if code := _loaded(_build(compiler, folder, stem)):
            return code
        raise CompilerError(f"{compiler} made code whose results differ from the eager form's")
    except subprocess.CalledProcessError as error:
        raise CompilerError(f"{compiler} failed: {error.stderr.strip()}") from error
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:  # RuntimeError: no home directory
        raise CompilerError(str(error)) from error


def _private(folder: Path) -> Path:
    """The folder, made where there is none, for the user alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise CompilerError(f"{folder} is another user's; set XDG_CACHE_HOME to a folder of yours")
    folder.chmod(0o700)
    return folder


def _build(compiler: str, folder: Path, stem: str) -> Path:
    with TemporaryDirectory(dir=folder) as place:
        built = Path(place, "blur.so")
        command = [compiler, *FLAGS, "-o", str(built), str(SOURCE), "-lm"]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=COMPILE_SECONDS)
        built.chmod(0o700)
        path = folder / f"{stem}-{sha256(built)}.so"
        publish(built, path)
    return path


def _is_ours(path: Path) -> bool:
    """Whether a file is the user's own, no link, for no one else to write, and named by its bytes."""
    about = path.lstat()
    owned = stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o022
    return owned and path.stem.endswith(f"-{sha256(path)}")


def _loaded(path: Path) -> ctypes.CDLL | None:
    """The code in a file; None if it lacks a function or computes something else than the eager form."""
    code, radius = ctypes.CDLL(str(path)), 12
    # From weights that reach one pixel to some that fill the window; more pixels than two tiles hold.
    sigma = torch.linspace(-1, 5, 420).view(1, 3, 140)
    image, grad = (sigma * 37).sin(), (sigma * 23).cos()
    try:
        ours = (forward(image, sigma, radius, code), *backward(image, sigma, grad, radius, True, True, code))
    except AttributeError:
        return None
    theirs = (eager.forward(image, sigma, radius), *eager.backward(image, sigma, grad, radius, True, True))
    same = (torch.allclose(mine, true, atol=1e-4, rtol=1e-4) for mine, true in zip(ours, theirs, strict=True))
    return code if all(same) else None


def _fingerprint(compiler: str) -> str:
    """Names source, compiler and processor, because a home directory may be shared by different machines."""
    processor = platform.machine() + platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        first = cpuinfo.read_text().split("\n\n")[0].splitlines()
        processor += "".join(line for line in first if line.startswith(("flags", "Features", "model", "CPU part")))
    return hashlib.sha256(repr((SOURCE.read_bytes(), FLAGS, compiler, processor)).encode()).hexdigest()[:16]


class _Plan(ctypes.Structure):
    _fields_ = [("radius", ctypes.c_int), ("rings", ctypes.c_int)] + [
        (name, ctypes.POINTER(ctypes.c_int)) for name in ("square", "first", "near", "far")
    ]


@lru_cache(maxsize=8)
def _plan(radius: int) -> _Plan:
    """Offsets 0 <= near <= far <= radius in rings of equal near^2 + far^2, from the outermost to the centre."""
    pairs = [(near, far) for far in range(radius + 1) for near in range(far + 1)]
    pairs.sort(key=lambda pair: -(pair[0] ** 2 + pair[1] ** 2))
    squares = [near**2 + far**2 for near, far in pairs]
    rings = sorted(set(squares), reverse=True)
    columns = (rings, [*map(squares.index, rings), len(pairs)], *zip(*pairs, strict=True))
    return _Plan(radius, len(rings), *((ctypes.c_int * len(column))(*column) for column in columns))


def _in_parallel(work: Callable[[int, int, int], None], planes: int, height: int) -> None:
    """Call work(plane, top, rows) for pieces of planes on as many threads as PyTorch uses; C needs no Python lock."""
    threads = torch.get_num_threads()
    rows = -(-height // max(1, -(-threads // planes)))
    pieces = [(plane, top, min(rows, height - top)) for plane in range(planes) for top in range(0, height, rows)]
    apply = map if threads == 1 or len(pieces) == 1 else _pool(threads).map
    list(apply(lambda piece: work(*piece), pieces))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: starting them anew would cost a small image more than its blur."""
    return ThreadPoolExecutor(threads, thread_name_prefix="blur")


def _call(code: ctypes.CDLL, name: str, radius: int, tensors: Iterable[Tensor | None], rows: int, width: int) -> None:
    pointers = (ctypes.c_void_p(None if tensor is None else tensor.data_ptr()) for tensor in tensors)
    sizes = (ctypes.c_long(rows), ctypes.c_long(width), ctypes.c_float(NEGLIGIBLE[torch.float32]))
    getattr(code, name)(ctypes.byref(_plan(radius)), *pointers, *sizes)


def _inputs(image: Tensor, sigma: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """The image with replicated margins and t = exp(-a), both contiguous."""
    padded = F.pad(image, (radius,) * 4, mode="replicate") if radius else image.contiguous()
    return padded, sharpness(sigma.contiguous()).neg_().exp_()


def forward(image: Tensor, sigma: Tensor, radius: int, code: ctypes.CDLL | None = None) -> Tensor:
    """The blurred image; image and sigma (N,H,W) float32. code: other than `library()`."""
    code = code or library()
    padded, t = _inputs(image, sigma, radius)
    out = torch.empty(image.shape)

    def work(plane: int, top: int, rows: int) -> None:
        tensors = (padded[plane, top:], t[plane, top:], out[plane, top:])
        _call(code, "blur_forward", radius, tensors, rows, image.shape[-1])

    _in_parallel(work, *image.shape[:2])
    return out


def backward(
    image: Tensor,
    sigma: Tensor,
    grad: Tensor,
    radius: int,
    wants_image: bool,
    wants_sigma: bool,
    code: ctypes.CDLL | None = None,
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients for image and sigma (each None unless wanted), given that of the result; all (N,H,W) float32."""
    code = code or library()
    count, height, width = image.shape
    padded, t = _inputs(image, sigma, radius)
    grad = grad.contiguous()
    grad_image = torch.zeros(image.shape) if wants_image else None
    slope = torch.empty(image.shape) if wants_sigma else None
    spreads: dict[tuple[int, int], Tensor] = {}

    def work(plane: int, top: int, rows: int) -> None:
        spread = torch.zeros(rows + 2 * radius, width + 2 * radius) if wants_image else None
        piece = None if slope is None else slope[plane, top:]
        tensors = (padded[plane, top:], t[plane, top:], grad[plane, top:], piece, spread)
        _call(code, "blur_backward", radius, tensors, rows, width)
        spreads[plane, top] = spread

    _in_parallel(work, count, height)
    if wants_image:
        for (plane, top), spread in sorted(spreads.items()):
            # Each margin is added to the border pixel that it replicates.
            rows = torch.arange(top - radius, top + len(spread) - radius).clamp_(0, height - 1)
            grad_image[plane].index_add_(0, rows, fold(spread, radius))
    if wants_sigma:
        slope.mul_(sharpness(sigma).square_()).mul_(sigma).mul_(4)
    return grad_image, slope
