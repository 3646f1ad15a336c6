"""Whether a step waits for its data: a slow copy in turn with the steps, and ahead of them in a thread."""

import time

import torch

from benchmarks.comparison import Row, alone, seconds
from dakpn.training.feed import Feed

STEPS = 10


class _SlowCopy(Feed):
    """Nothing but the time that a copy takes."""

    def __init__(self, copy: float, device: torch.device, ahead: bool) -> None:
        self._copy = copy
        super().__init__({}, seed=0, device=device, ahead=ahead)

    def read(self, generator: torch.Generator) -> torch.Tensor:
        time.sleep(self._copy)
        return torch.zeros(1)


def feed_rows(*, copy: float = 0.02, repeats: int, device: torch.device) -> list[Row]:
    """Seconds of a step that computes as long as its batch is copied, `copy` seconds; the CPU is idle meanwhile."""
    rows = []
    for ahead, how in ((False, "in turn"), (True, "ahead of it")):
        feed = _SlowCopy(copy, device, ahead)

        def steps(feed: Feed = feed) -> None:
            for _ in range(STEPS):
                feed.next()
                time.sleep(copy)

        values = [value / STEPS for value in seconds(steps, repeats=repeats, device=torch.device("cpu"))]
        name = f"step of {1000 * copy:.0f} ms whose batch takes {1000 * copy:.0f} ms to copy, {how}"
        rows.append(alone("data", name, values))
    return rows
