"""Measuring time: warm-up, medians, events on a GPU, and a time limit."""

import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from dakpn.config.models import Timing
from dakpn.training.device import device_name


def measure(call: Callable[[], object], timing: Timing, device: torch.device) -> dict[str, Any]:
    """Time up to `timing.repeats` calls after `timing.warmup` ones that do not count.

    Stops before a call with which all together would take more than `timing.limit_seconds`, judged by the last one;
    where no more than the warm-up fits, its last call counts. Returns value, low and high (median and quartiles of one
    call in seconds), repeats (number of calls that count) and device.
    """
    began, times = time.perf_counter(), []
    while len(times) < timing.warmup + timing.repeats:
        times.append(timed(call, device))
        if time.perf_counter() - began + times[-1] > timing.limit_seconds:
            break
    times = times[timing.warmup :] or times[-1:]
    low, value, high = map(float, np.quantile(times, (0.25, 0.5, 0.75)))
    return {"value": value, "low": low, "high": high, "device": device_name(device), "repeats": len(times)}


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
