"""Which device a job runs on, and what that device is called in tables."""

import ctypes
import os

import torch

from dakpn.errors import InputError
from dakpn.provenance import cpu_model


def choose_device(setting: str) -> torch.device:
    """auto -> the GPU when there is one, else the CPU; cpu; cuda, which raises InputError when there is no GPU."""
    available = torch.cuda.is_available()
    if setting == "cuda" and not available:
        raise InputError(
            "device: cuda is demanded but no GPU is visible. Set `device: auto` or `cpu`, "
            "or run where nvidia-smi lists a GPU."
        )
    return torch.device("cuda" if available and setting != "cpu" else "cpu")


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
