"""Files of trained weights: safetensors with a digest, so that a damaged one stops whoever reads it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from dakpn.errors import InputError
from dakpn.files import atomic_path


def write_weights(path: str | Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write named tensors of any device, atomically."""
    kept = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(kept, temporary, metadata={"sha256": _digest(kept)})


def read_weights(path: str | Path) -> dict[str, torch.Tensor]:
    """The tensors that `write_weights` wrote, on the CPU. Raises InputError for a file that is missing, damaged or
    holds a number that is not finite.
    """
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}
            whole = (file.metadata() or {}).get("sha256") == _digest(tensors)
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}). Delete the file and train again.") from error
    if not whole:
        raise InputError(f"{path}: not the weights that were written. Delete the file and train again.")
    if broken := [name for name, value in tensors.items() if not torch.isfinite(value).all()]:
        raise InputError(f"{path}: {broken[0]} is not finite. Lower the learning rate and train again.")
    return tensors


def _digest(tensors: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)} ".encode())
        digest.update(value.numpy())
    return digest.hexdigest()
