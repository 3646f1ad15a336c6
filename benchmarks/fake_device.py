"""A device that this machine lacks: tensors on it have shapes and no values, so any method runs at any size in seconds.

On "cuda" an operation on tensors of two devices raises, as it would there, but gradients are only allocated: autograd
asks for a real device. "meta" is torch's own device without values, on which autograd works; it tells no devices apart.
Tensors on the CPU are real, but for very large ones.
"""

import math
import traceback
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest import mock

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from dakpn.training import feed

ROOT = Path(__file__).parents[1]
aten = torch.ops.aten
READING = (aten._local_scalar_dense.default, aten.nonzero.default, aten.masked_select.default, aten.equal.default)
"""Operations whose result, or its shape, the CPU waits for."""
LARGE = 2**22
"""Values from which a new tensor on the CPU has none: drawing them would take seconds."""


OPERATIONS = {False: 5, True: 8, None: 7}
"""Floating point operations per weight of the blur's kernels, an exponential counted as one, by their SLOPE."""


class DeviceStall(RuntimeError):
    """The CPU would wait for the device; the message names the line of ours that makes it."""


class Call(NamedTuple):
    """An operation. convolved: floating point operations of a convolution; plain: those of a matrix product or a kernel
    of ours; both 0 for all others; moved: bytes that it read and wrote, each tensor once."""

    convolved: int
    plain: int
    moved: int


class FakeDevice(TorchDispatchMode):
    """Inside `with FakeDevice("cuda") as device`, "cuda" is a device of any size.

    live, peak: bytes of its tensors now and at most. calls: its operations. Neither has what a convolution's algorithm
    takes beside its operands.
    """

    def __init__(self, kind: Literal["cuda", "meta"]) -> None:
        super().__init__()
        self.kind, self.live, self.peak, self.asynchronous = kind, 0, 0, False
        self.calls: list[Call] = []
        self._storages: set[int] = set()
        self._patches = ExitStack()

    def __enter__(self) -> "FakeDevice":
        self._patches.enter_context(mock.patch.object(nn.Module, "_apply", _apply))
        if find_spec("triton"):
            from dakpn.model.blur import gpu

            self._patches.enter_context(mock.patch.object(gpu, "_launch", self._launch))
            if self.kind == "meta":
                self._patches.enter_context(mock.patch("dakpn.model.blur.function._choose", lambda *_: gpu))
        if self.kind == "meta":
            # No half precision is known for it.
            self._patches.enter_context(mock.patch.object(torch, "autocast", lambda *_, **__: nullcontext()))
        if self.kind == "cuda":
            self._patches.enter_context(mock.patch.object(Tensor, "backward", _backward))
            self._patches.enter_context(mock.patch.object(torch.autograd, "grad", _grad))
            self._patches.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        return super().__enter__()

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        self._patches.close()

    @contextmanager
    def without_stalls(self) -> Iterator[None]:
        """Inside, DeviceStall is raised where the CPU reads from the device, or copies to it and is no Feed."""
        self.asynchronous = True
        try:
            yield
        finally:
            self.asynchronous = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        if not any(map(self._here, inputs)) and torch.device(kwargs.get("device") or "cpu").type != self.kind:
            return self._on_cpu(func, inputs, args, kwargs)
        self._check_stall(func, inputs, kwargs)
        if func is aten._to_copy.default and torch.device(kwargs.get("device") or self.kind).type != self.kind:
            with unset_fake_temporarily():
                return torch.zeros(inputs[0].shape, dtype=kwargs.get("dtype") or inputs[0].dtype)
        if func is aten.copy_.default and not self._here(inputs[0]):
            return inputs[0]
        result = _result(func, args, kwargs, inputs)
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        self._follow(outputs)
        read = {one.untyped_storage()._cdata for one in inputs}
        if func._schema.is_mutable or any(one.untyped_storage()._cdata not in read for one in outputs):
            formula = flop_registry.get(func.overloadpacket)
            counted = formula(*args, **kwargs, out_val=result) if formula else 0
            convolves = "convolution" in func.name()
            split = (counted, 0) if convolves else (0, counted)
            self.calls.append(Call(*split, sum(map(_size, (*inputs, *outputs)))))
        return result

    def _here(self, tensor: Tensor) -> bool:
        return tensor.device.type == self.kind

    def _on_cpu(self, func: Any, inputs: list[Tensor], args: Any, kwargs: Any) -> Any:
        shape = args[0] if args and isinstance(args[0], list | tuple) else ()
        large = not inputs and all(isinstance(side, int) for side in shape) and math.prod(shape) >= LARGE
        with nullcontext() if large or any(isinstance(one, FakeTensor) for one in inputs) else unset_fake_temporarily():
            return func(*args, **kwargs)

    def _check_stall(self, func: Any, inputs: list[Tensor], kwargs: Any) -> None:
        if not self.asynchronous:
            return
        moves = func is aten._to_copy.default
        away = moves and torch.device(kwargs.get("device") or self.kind).type != self.kind
        by_mask = func is aten.index.Tensor and any(one.dtype == torch.bool for one in inputs[1:])
        # Single numbers travel with the call of a kernel.
        mixed = any(one.ndim and not self._here(one) for one in inputs)
        if func in READING or away or by_mask or mixed:
            line = [frame for frame in traceback.extract_stack() if _ours(frame.filename)][-1]
            if not (moves and mixed and line.filename == feed.__file__):
                place = f"{Path(line.filename).relative_to(ROOT)}:{line.lineno}"
                raise DeviceStall(f"{place}: {func} waits for the device: {line.line}")

    def _follow(self, outputs: list[Tensor]) -> None:
        for one in filter(self._here, outputs):
            storage = one.untyped_storage()
            if storage._cdata not in self._storages:
                self._storages.add(storage._cdata)
                self.live += storage.nbytes()
                self.peak = max(self.peak, self.live)
                weakref.finalize(storage, self._freed, storage._cdata, storage.nbytes())

    def _freed(self, key: int, size: int) -> None:
        self._storages.discard(key)
        self.live -= size

    def _launch(self, kernel: Any, shape: torch.Size, *arguments: Any, **constants: Any) -> None:
        """In the place of a Triton kernel, which knows no tensors without values."""
        tensors = {id(one): one for one in arguments if isinstance(one, Tensor)}.values()
        taps = math.prod(shape) * (2 * constants["RADIUS"] + 1) ** 2
        self.calls.append(Call(0, taps * OPERATIONS[constants.get("SLOPE")], sum(map(_size, tensors))))


def _size(tensor: Tensor) -> int:
    return min(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes())


def _result(func: Any, args: Any, kwargs: Any, inputs: list[Tensor]) -> Any:
    """The result without values. Where values decide: numbers are 0, a mask takes every pixel."""
    if func is aten._local_scalar_dense.default:
        return 0.0 if inputs[0].dtype.is_floating_point else 0
    if func is aten.index.Tensor and any(one is not None and one.dtype == torch.bool for one in args[1]):
        return inputs[0].flatten()
    if func is aten.bincount.default:
        return inputs[0].new_empty(args[2], dtype=torch.long)
    if func is aten._fused_sgd_.default:
        # It changes its inputs; torch cannot run it without values.
        return None
    return func(*args, **kwargs)


def _ours(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(ROOT) and path != Path(__file__) and ".venv" not in path.parts


def _apply(module: nn.Module, move: Any, recurse: bool = True) -> nn.Module:
    """nn.Module._apply, which cannot change the device of a tensor without values."""
    for part in module.modules():
        for group in (part._parameters, part._buffers):
            for name, tensor in group.items():
                if tensor is not None and (moved := move(plain := tensor.detach())) is not plain:
                    group[name] = nn.Parameter(moved, tensor.requires_grad) if group is part._parameters else moved
    return module


def _leaves(*outputs: Tensor) -> list[Tensor]:
    """The tensors with requires_grad that the outputs were computed from."""
    waiting, seen, leaves = [one.grad_fn for one in outputs], set(), []
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaves += [node.variable] if hasattr(node, "variable") else []
        waiting += [following for following, _ in node.next_functions]
    return leaves


def _backward(loss: Tensor, *_: Any, inputs: Any = None, **__: Any) -> None:
    for leaf in _grad_inputs(loss, inputs):
        leaf.grad = torch.empty_like(leaf)


def _grad(loss: Tensor, inputs: Any, **_: Any) -> tuple[Tensor, ...]:
    return tuple(map(torch.empty_like, _grad_inputs(loss, inputs)))


def _grad_inputs(loss: Tensor, inputs: Any) -> list[Tensor]:
    leaves = _leaves(loss)
    if inputs is None:
        return leaves
    known = set(map(id, leaves))
    if any(id(one) not in known for one in inputs):
        raise RuntimeError("one of the inputs was not used in the graph")
    return list(inputs)
