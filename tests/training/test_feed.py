"""What a step reads, ahead of it and not."""

import time

import pytest
import torch

from dakpn.training.feed import AHEAD, Feed
from dakpn.training.sampling import IndexSampler


class Numbers(Feed):
    """Three of ten indices and three draws a batch; `read` can fail."""

    def __init__(self, **options):
        super().__init__({"indices": IndexSampler(10, 3, 0)}, seed=0, **{"device": "cpu", "ahead": True} | options)
        self.begun, self.failing = 0, False

    def read(self, generator):
        self.begun += 1
        if self.failing:
            raise OSError("the disk is gone")
        return {"indices": self._samplers["indices"].next(), "draws": (torch.rand(3, generator=generator), "kept")}

    def finish(self, batch):
        return torch.cat([batch["indices"].double(), batch["draws"][0]])


def test_batches_are_read_while_a_step_computes():
    feed = Numbers()
    feed.next()
    end = time.monotonic() + 60
    while feed.begun < 1 + AHEAD:
        assert time.monotonic() < end, "nothing is read ahead"
        time.sleep(0.01)


def test_without_a_thread_a_batch_is_read_when_it_is_asked_for():
    feed = Numbers(ahead=False)
    feed.next()
    assert feed.begun == 1
    torch.manual_seed(3)
    batch = feed.next()
    torch.manual_seed(3)
    assert torch.equal(batch[3:], torch.rand(3))


@pytest.mark.parametrize("ahead", [True, False])
def test_a_state_forgets_what_was_read_ahead(ahead):
    first, second = Numbers(ahead=ahead), Numbers(ahead=ahead)
    for feed, count in ((first, 4), (second, 2)):
        for _ in range(count):
            feed.next()
    second.load_state_dict(first.state_dict())
    for _ in range(5):
        state = torch.get_rng_state()
        expected = first.next()
        torch.set_rng_state(state)
        assert torch.equal(second.next(), expected)


def test_draws_of_the_step_do_not_change_those_of_a_feed_that_reads_ahead():
    first, second = Numbers(), Numbers()
    for _ in range(5):
        torch.rand(7)
        assert torch.equal(first.next(), second.next())


def test_an_error_of_the_thread_is_raised_by_next():
    feed = Numbers()
    feed.failing = True
    with pytest.raises(OSError, match="the disk is gone"):
        feed.next()


@pytest.mark.gpu
def test_a_gpu_gets_the_same_batches():
    there, here = Numbers(device="cuda"), Numbers()
    for _ in range(6):
        batch = there.next()
        assert batch.device.type == "cuda" and torch.equal(batch.cpu(), here.next())
