"""The Triton kernels of the blur, compiled for GPUs that need not be there, and what of a GPU each program takes."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from dakpn.model.blur import gpu

ARCHITECTURES = {80: "A100", 90: "H100 and H200"}
"""Compute capability times ten -> cards that have it."""
WINDOW = {"RADIUS": 12, "BLOCK": gpu.BLOCK}
VARIANTS = {
    "forward": (gpu._weighted, WINDOW | {"SLOPE": False}),
    "backward, own pixel": (gpu._weighted, WINDOW | {"SLOPE": True}),
    "backward, spread": (gpu._spread, WINDOW),
}
INTEGERS = ("height", "width")


class Compiled(NamedTuple):
    """registers: of a thread; stack: bytes of a thread outside its registers, 0 unless it has too few; shared: bytes of
    a block of threads."""

    kernel: str
    architecture: int
    registers: int
    stack: int
    shared: int


def compiled() -> Iterator[Compiled]:
    """Every kernel of the paper's window for each of ARCHITECTURES; takes seconds, and no GPU."""
    for name, (kernel, constants) in VARIANTS.items():
        kinds = {argument: "i32" if argument in INTEGERS else "*fp32" for argument in kernel.arg_names}
        source = ASTSource(kernel, kinds | dict.fromkeys(constants, "constexpr"), constexprs=constants)
        for architecture in ARCHITECTURES:
            program = triton.compile(source, target=GPUTarget("cuda", architecture, 32))
            usage = _usage(program.asm["cubin"])
            yield Compiled(name, architecture, usage["REG"], usage["STACK"], program.metadata.shared)


def _usage(cubin: bytes) -> dict[str, int]:
    """What the tool that comes with Triton says of the compiled program."""
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with TemporaryDirectory() as folder:
        path = Path(folder, "kernel.cubin")
        path.write_bytes(cubin)
        said = subprocess.run([tool, "-res-usage", path], capture_output=True, text=True, check=True).stdout
    return {name: int(number) for name, number in re.findall(r"\b([A-Z]+):(\d+)", said)}
