"""Weights at declared iterations of one training, and the seconds that it had taken by then."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from dakpn.training.weights import write_weights


class Snapshots:
    """Copies of `networks` after `iterations` of a training; the clock starts here.

    A part of the training's state: a checkpoint holds those taken before it, and those that a kill loses are taken
    again when the resumed training passes them.
    """

    def __init__(self, networks: Mapping[str, nn.Module], iterations: Iterable[int]) -> None:
        self._networks, self._iterations = nn.ModuleDict(networks), frozenset(iterations)
        self._taken: dict[int, dict[str, Any]] = {}
        self._earlier, self._began = 0.0, time.monotonic()
        self.seconds: dict[int, float] = {}
        """Iteration -> wall seconds of training, without those of attempts that a kill undid."""

    def take(self, done: int) -> None:
        """Copy the networks if `done` iterations are one of those wanted."""
        if done in self._iterations:
            # The copy waits for the device, so the seconds hold all work up to here.
            state = self._networks.state_dict()
            self._taken[done] = {name: value.detach().to("cpu", copy=True) for name, value in state.items()}
            self.seconds[done] = self._elapsed()

    def export(self, path: str | Path) -> None:
        """Write all as one safetensors file, atomically; names begin with "<iteration>/"."""
        write_weights(
            path, {f"{done}/{name}": value for done, one in self._taken.items() for name, value in one.items()}
        )

    def state_dict(self) -> dict[str, Any]:
        return {"taken": self._taken, "seconds": self.seconds, "elapsed": self._elapsed()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._taken, self.seconds = state["taken"], state["seconds"]
        self._earlier, self._began = state["elapsed"], time.monotonic()

    def _elapsed(self) -> float:
        return self._earlier + time.monotonic() - self._began
