"""What a training step reads: on a GPU, a thread prepares the next batches while the device computes with the last."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map_only

from dakpn.training import ranks
from dakpn.training.sampling import IndexSampler

AHEAD = 2
"""Batches prepared before they are asked for: one hides a read as long as a step, two also a read that took longer."""
OWN_DRAWS = 2**31
"""Added to the seed of the draws, so that they are not those of a sampler with the same seed."""


class _Prepared(NamedTuple):
    """A batch, the state from before it was read, and what tells that its copy has ended."""

    state: dict[str, Any]
    batch: Any
    copied: torch.cuda.Event | None


class Feed(ABC):
    """Batches of CPU tensors that `read` makes, moved to a device. Part of a training's state.

    On a GPU, or with `ahead`, batches are read in one thread, pinned and copied beside the computation, and their draws
    come from a generator of the feed. Elsewhere a batch is read when it is asked for, with torch's global generator,
    because thread and step would share the same cores. The state is that of a feed that has read nothing ahead.
    """

    def __init__(
        self,
        samplers: Mapping[str, IndexSampler],
        *,
        seed: int,
        device: torch.device | str,
        ahead: bool | None = None,
    ) -> None:
        self._samplers, self._device = samplers, torch.device(device)
        ahead = self._device.type == "cuda" if ahead is None else ahead
        self._thread = ThreadPoolExecutor(1, "feed") if ahead else None
        self._generator = torch.Generator().manual_seed(OWN_DRAWS + seed) if ahead else torch.default_generator
        self._waiting: deque[Future[_Prepared]] = deque()
        on_gpu = self._device.type == "cuda" and torch.cuda.is_available()
        self._stream = torch.cuda.Stream(self._device) if on_gpu else None

    @abstractmethod
    def read(self, generator: torch.Generator) -> Any:
        """The next batch: CPU tensors, and whatever else, in tuples or dicts. All draws come from `generator`."""

    def share(self, batch: Any) -> Any:
        """This rank's rows of what `read` gave."""
        return tree_map_only(Tensor, ranks.rows, batch)

    def finish(self, batch: Any) -> Any:
        """What `next` returns of a batch whose tensors are on the device."""
        return batch

    def next(self) -> Any:
        """The next batch, on the device. Raises what `read` raises."""
        if not self._thread:
            return self.finish(self._moved(self.share(self.read(self._generator))))
        while len(self._waiting) <= AHEAD:
            self._waiting.append(self._thread.submit(self._prepare))
        _, batch, copied = self._waiting.popleft().result()
        if copied is None:
            return self.finish(self._moved(batch))
        computing = torch.cuda.current_stream(self._device)
        computing.wait_event(copied)
        for tensor in tree_leaves(batch):
            if isinstance(tensor, Tensor):
                tensor.record_stream(computing)
        return self.finish(batch)

    def _prepare(self) -> _Prepared:
        state, batch = self._state(), self.share(self.read(self._generator))
        if self._stream is None:
            return _Prepared(state, batch, None)
        with torch.cuda.stream(self._stream):
            moved = self._moved(tree_map_only(Tensor, Tensor.pin_memory, batch))
        return _Prepared(state, moved, self._stream.record_event())

    def _moved(self, batch: Any) -> Any:
        return tree_map_only(Tensor, lambda tensor: tensor.to(self._device, non_blocking=True), batch)

    def _state(self) -> dict[str, Any]:
        state = {name: sampler.state_dict() for name, sampler in self._samplers.items()}
        return state | ({"draws": self._generator.get_state()} if self._thread else {})

    def state_dict(self) -> dict[str, Any]:
        return self._waiting[0].result().state if self._waiting else self._state()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        while self._waiting:
            self._waiting.popleft().result()
        for name, sampler in self._samplers.items():
            sampler.load_state_dict(state[name])
        if self._thread and "draws" in state:
            self._generator.set_state(state["draws"])
