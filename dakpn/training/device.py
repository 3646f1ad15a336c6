"""Which device a job runs on, and what that device is called in tables."""

import ctypes
import os
import threading
import time

import torch

from dakpn.errors import InputError
from dakpn.provenance import cpu_model
from dakpn.training.leases import lease

SAMPLED = 5.0
"""Seconds between two samples of a GPU's utilisation."""


class Utilisation:
    """Share of the time in which a GPU is at work, by samples; None on a CPU and without the extra `gpu`."""

    def __init__(self, device: torch.device) -> None:
        self.samples: list[float] = []
        self._device = device
        if device.type == "cuda":
            threading.Thread(target=self._watch, daemon=True).start()

    @property
    def mean(self) -> float | None:
        """The mean so far, in [0,1]."""
        return sum(self.samples) / len(self.samples) if self.samples else None

    def _watch(self) -> None:
        while True:
            try:
                self.samples.append(torch.cuda.utilization(self._device) / 100)
            except (ImportError, RuntimeError):  # the driver's library is not there, or tells nothing
                return
            time.sleep(SAMPLED)


def choose_device(setting: str) -> torch.device:
    """The one device of `choose_devices`."""
    return choose_devices(setting)[0]


def choose_devices(setting: str, count: int = 1) -> list[torch.device]:
    """auto -> GPUs when there are any, else the CPU; cpu; cuda, which raises InputError when there is no GPU.

    GPUs are leased to this process, see `dakpn.training.leases`, and the first is torch's current device. Raises
    InputError where there are fewer than `count`.
    """
    available = torch.cuda.is_available()
    if setting == "cuda" and not available:
        raise InputError(
            "device: cuda is demanded but no GPU is visible. Set `device: auto` or `cpu`, "
            "or run where nvidia-smi lists a GPU."
        )
    if not available or setting == "cpu":
        return [torch.device("cpu")] * count
    uuids = [str(torch.cuda.get_device_properties(number).uuid) for number in range(torch.cuda.device_count())]
    if count > len(uuids):
        raise InputError(
            f"devices: {count} are demanded and {len(uuids)} visible. Lower it, or run where there are more."
        )
    left, devices = list(range(len(uuids))), []
    for _ in range(count):
        place = left.pop(lease([uuids[place] for place in left]))
        devices.append(torch.device("cuda", place))
    torch.cuda.set_device(devices[0])
    return devices


def set_threads(threads: int, promised: int | None = None) -> None:
    """Use `threads` CPU threads, or their share of the machine when it has fewer cores than were promised to all jobs.

    Processes with more threads than cores slow each other down: with 8 promised cores on a machine of 2, a job of 4
    threads gets one.
    """
    cores = os.cpu_count() or 1
    if promised and promised > cores:
        threads = threads * cores // promised
    torch.set_num_threads(max(1, min(threads, cores)))


def keep_memory() -> None:
    """Let glibc's malloc keep what a training step frees: up to 1 GiB, in pieces of up to 32 MiB, its own limit.

    Its default returns each large tensor to the kernel, and the next step pays for clean pages: about a tenth of a
    step of the small segmenter. Other C libraries are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        trim_threshold, mmap_threshold = -1, -3  # names of malloc.h
        mallopt(mmap_threshold, 2**25)
        mallopt(trim_threshold, 2**30)


def device_name(device: torch.device) -> str:
    """The name that stands beside every timing, such as 'NVIDIA RTX A5000' or 'Intel(R) Xeon(R) ... (2 cores)'."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{cpu_model()} ({os.cpu_count()} cores)"
