"""Which share of a training iteration its generators and its discriminators take, forward and backward."""

import inspect
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import wraps
from typing import Any
from unittest import mock

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile, record_function

# The profiler reports its own start and stop otherwise.
os.environ.setdefault("KINETO_LOG_LEVEL", "99")

MARK = "part: "
PARTS = {"generator": "generator", "disentangled": "generator", "discriminator": "discriminator"}
"""A network belongs to the part whose key its name contains, all others to the rest, as do losses and updates."""


def shares(step: Callable[[], object], networks: Mapping[str, nn.Module], device: torch.device) -> dict[str, float]:
    """Percentages of the time of one call that "generator" and "discriminator" take."""
    found, whole = profiled(step, networks, device)
    own_time = f"self_{'device' if device.type == 'cuda' else 'cpu'}_time_total"
    spent: Counter[str] = Counter()
    for event, part in found:
        spent[part] += getattr(event, own_time)
    return {part: spent[part] / 1e4 / whole for part in ("generator", "discriminator")}


def profiled(
    step: Callable[[], object], networks: Mapping[str, nn.Module], device: torch.device
) -> tuple[list[tuple[Any, str]], float]:
    """The profiler's events of one call with their parts, and its seconds.

    A backward operation belongs to the part whose forward pass made it; its number in the order of the graph tells.
    """
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device.type == "cuda")
    with ExitStack() as stack:
        for patch in _marks(networks):
            stack.enter_context(patch)
        profiler = stack.enter_context(profile(activities=activities))
        began = time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        whole = time.perf_counter() - began
    found = []
    makers: dict[int, str] = {}
    for event in sorted(profiler.events(), key=lambda event: event.time_range.start):
        backward, part = _origin(event, makers)
        found.append((event, part))
        if not backward:
            # Events before an operation that enters the graph name its number too: the last one is the operation.
            makers[event.sequence_nr] = part
    return found, whole


def _origin(event: Any, makers: Mapping[int, str]) -> tuple[bool, str]:
    """Whether an event lies in a backward pass, and its part."""
    while event is not None:
        if event.name.startswith(MARK):
            return False, event.name.removeprefix(MARK)
        if event.name.startswith("autograd::engine::evaluate_function"):
            return True, makers.get(event.sequence_nr, "rest")
        event = event.cpu_parent
    return False, "rest"


def _marks(networks: Mapping[str, nn.Module]) -> Iterator[Any]:
    """Patches that name the part in the profile while a function of one of its networks runs."""
    for name, network in networks.items():
        part = next((part for key, part in PARTS.items() if key in name), "rest")
        for module in network.modules():
            own = type(module)
            if own.__module__.startswith("torch."):
                continue
            public = {key for key, value in vars(own).items() if inspect.isfunction(value) and key[0] != "_"}
            for key in public | {"forward"}:
                yield mock.patch.object(module, key, _marked(getattr(module, key), MARK + part))


def _marked(call: Callable[..., Any], mark: str) -> Callable[..., Any]:
    @wraps(call)
    def marked(*arguments: Any, **options: Any) -> Any:
        with record_function(mark):
            return call(*arguments, **options)

    return marked
