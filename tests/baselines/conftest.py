"""Fixtures of the baselines' tests: in-memory views, and one thread."""

import numpy as np
import pytest
import torch


class ArrayView:
    """What training reads of a view: `count` random images."""

    def __init__(self, count: int, seed: int) -> None:
        self.images = np.random.default_rng(seed).integers(0, 256, (count, 40, 48, 3), np.uint8)
        self.low = self.images[:, ::2, ::2]

    def __len__(self) -> int:
        return len(self.images)


@pytest.fixture(autouse=True)
def one_thread():
    """Tiny networks run slower on several threads, and sums in another order differ in the last bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def views() -> tuple[ArrayView, ArrayView]:
    """Source and target views of 40x48 images."""
    return ArrayView(3, 0), ArrayView(4, 1)
