"""One training on several devices: every rank computes with its rows of each batch, and gradients are averaged.

Lightning Fabric starts the ranks and joins them. A step of adversarial training calls its networks several times, with
gradients and without, which torch's DistributedDataParallel does not allow for. So gradients are averaged where an
optimiser steps, the same for every method. All ranks read the same batches and draw the same numbers, so that a step is
that of one process but for rounding and for what decision data-parallel lists.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing.spawn import ProcessExitedException

from dakpn.errors import InputError
from dakpn.training import heartbeat
from dakpn.training.stops import STOPPED

Rows = TypeVar("Rows", Tensor, tuple)

_own: dict[str, Any] = {"rank": 0, "count": 1, "signals": None}
"""Of this process: its number, how many there are, and the group in which they tell each other about signals."""


def launch(devices: Sequence[torch.device], function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args, device=...)` for every device in a process of its own, and what the first of them returns.

    With one device it is called here. function: of a module, args and result: small, since they are pickled; it writes
    files if `is_first`. Raises SystemExit with status 143 where the ranks were asked to stop.
    """
    if len(devices) == 1:
        return function(*args, device=devices[0])
    try:
        from lightning_fabric import Fabric
    except ImportError as error:
        raise InputError(
            "devices: Lightning Fabric is not installed. Take devices: 1, or the extra `devices`."
        ) from error
    kind = devices[0].type
    places = len(devices) if kind == "cpu" else [device.index for device in devices]
    fabric = Fabric(accelerator=kind, devices=places, strategy="ddp_spawn")
    threads = max(1, torch.get_num_threads() // len(devices))
    try:
        return fabric.launch(_begin, threads, heartbeat.handed(), partial(function, *args))
    except ProcessExitedException as error:
        raise SystemExit(STOPPED) if error.exit_code == STOPPED else error from error
    finally:
        for process in active_children():  # none, unless this process was asked to stop
            process.terminate()
            process.join()


def _begin(fabric: Any, threads: int, beat: tuple[Any, ...] | None, function: Callable[..., Any]) -> Any:
    torch.set_num_threads(threads)
    torch.backends.cudnn.deterministic = True
    # A tensor on the CPU would have to be moved for a group of GPUs, and would stall them.
    _own.update(rank=fabric.global_rank, count=fabric.world_size, signals=dist.new_group(backend="gloo"))
    if is_first():
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        if beat:
            heartbeat.begin(beat[0], **beat[1])
    return function(device=fabric.device)


def count() -> int:
    """Ranks of this training, 1 where it is not shared."""
    return _own["count"]


def is_first() -> bool:
    """Whether this process writes files."""
    return _own["rank"] == 0


def rows(batch: Rows) -> Rows:
    """This rank's part of a batch, whose length is a multiple of `count()`."""
    own = len(batch) // count()
    return batch[own * _own["rank"] :][:own]


def mean(value: Tensor) -> Tensor:
    """The mean of a tensor over the ranks; gradients flow through it."""
    return _Sum.apply(value) / count() if count() > 1 else value


def any_of(flag: bool) -> bool:
    """Whether it is true on some rank."""
    if count() == 1:
        return flag
    told = torch.tensor(int(flag))
    dist.all_reduce(told, dist.ReduceOp.MAX, group=_own["signals"])
    return bool(told)


@contextmanager
def joined(parts: Iterable[Any]) -> Iterator[None]:
    """Inside, optimisers among the parts step by gradients averaged over the ranks, and networks normalise by
    statistics of the whole batch.
    """
    parts = list(parts) if count() > 1 else []
    layers = [layer for part in parts if isinstance(part, nn.Module) for layer in part.modules()]
    # torch's SyncBatchNorm does not work on a CPU, where this can be tested.
    layers = [layer for layer in layers if isinstance(layer, nn.BatchNorm2d)]
    optimisers = [part for part in parts if isinstance(part, torch.optim.Optimizer)]
    hooks = [optimiser.register_step_pre_hook(_average_gradients) for optimiser in optimisers]
    for layer in layers:
        layer.forward = partial(_normalised, layer)
    yield
    for hook in hooks:
        hook.remove()
    for layer in layers:
        del layer.forward


class _Sum(torch.autograd.Function):
    """Over the ranks; what each of them makes of the sum adds to the gradient of every summand."""

    @staticmethod
    def forward(_: Any, value: Tensor) -> Tensor:
        dist.all_reduce(value := value.clone())
        return value

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return _Sum.forward(_, gradient)


def _average_gradients(optimiser: torch.optim.Optimizer, *_: Any) -> None:
    parameters = (parameter for group in optimiser.param_groups for parameter in group["params"])
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if gradients:
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        dist.all_reduce(flat)
        averages = (flat / count()).split([gradient.numel() for gradient in gradients])
        for gradient, average in zip(gradients, averages, strict=True):
            gradient.copy_(average.view(gradient.shape))


def _normalised(layer: nn.BatchNorm2d, batch: Tensor) -> Tensor:
    """(B,C,H,W) normalised by mean and variance over the batches of all ranks, which are moving averages' too."""
    if not layer.training:
        return nn.BatchNorm2d.forward(layer, batch)
    axes, exact = (0, 2, 3), batch.float()
    average = mean(exact.mean(axes))
    centred = exact - average[:, None, None]
    variance = mean(centred.square().mean(axes))
    with torch.no_grad():
        pixels = count() * batch.numel() // batch.shape[1]
        layer.num_batches_tracked += 1
        layer.running_mean.lerp_(average, layer.momentum)
        layer.running_var.lerp_(variance * pixels / (pixels - 1), layer.momentum)
    scale = layer.weight * (variance + layer.eps).rsqrt()
    return (centred * scale[:, None, None] + layer.bias[:, None, None]).to(batch.dtype)
