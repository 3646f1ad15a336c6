"""The file that a killed training continues from: written whole or not at all, and read only if its bytes are whole."""

import io
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from dakpn.files import atomic_path, seal, unsealed

log = logging.getLogger(__name__)


def save(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` and torch's random states, with their digest, atomically."""
    states = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    with atomic_path(path) as temporary:
        torch.save({**content, "rng": torch.get_rng_state(), "cuda_rng": states}, temporary)
        seal(temporary)


def load(path: Path) -> dict[str, Any] | None:
    """What `save` wrote, on the CPU; None, and a line in the log, for a file that is damaged."""
    try:
        return torch.load(io.BytesIO(unsealed(path)), map_location="cpu", weights_only=True)
    except (ValueError, OSError) as error:
        log.warning("%s; starting anew", error)
        return None


def restore_random_states(content: Mapping[str, Any]) -> None:
    """Put torch's generators where they were when `content` was saved."""
    torch.set_rng_state(content["rng"])
    if content["cuda_rng"]:
        torch.cuda.set_rng_state_all(content["cuda_rng"])
