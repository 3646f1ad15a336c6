"""Measuring time: warm-up, medians, events on a GPU, and a time limit."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Measurement:
    """Seconds of one call: median and quartiles over `repeats` timed calls."""

    seconds: float
    low: float
    high: float
    repeats: int


def measure(
    call: Callable[[], object], *, device: torch.device, warmup: int, repeats: int, limit_seconds: float
) -> Measurement:
    """Time `call` after `warmup` untimed calls; stop early once all calls together have taken `limit_seconds`.

    On a GPU each call lies between two events, so that what is measured is the device's work; on a CPU a monotonic
    clock is read. The quartiles of fewer than two calls equal the median, and `repeats` tells how many calls there
    were.
    """
    began = time.perf_counter()
    for _ in range(warmup):
        call()
        if time.perf_counter() - began > limit_seconds:
            break
    times = []
    while len(times) < repeats and (not times or time.perf_counter() - began < limit_seconds):
        times.append(timed(call, device))
    low, _, high = statistics.quantiles(times, n=4, method="inclusive") if len(times) > 1 else (times * 3)
    return Measurement(statistics.median(times), low, high, len(times))


def timed(call: Callable[[], object], device: torch.device) -> float:
    """Seconds of one call: between two events on a GPU, by a monotonic clock on a CPU."""
    if device.type != "cuda":
        began = time.perf_counter()
        call()
        return time.perf_counter() - began
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / 1000


def peak_memory(device: torch.device) -> float:
    """Largest memory so far in MiB: of torch's allocations on a GPU, of the whole process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
