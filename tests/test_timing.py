"""How many calls a measurement makes, and which of them count."""

import pytest
import torch

from dakpn.config.models import Timing
from dakpn.efficiency.timing import measure


@pytest.mark.parametrize(("limit", "made", "counted"), [(1e-9, 1, 1), (3600.0, 5, 3)])
def test_a_call_that_alone_takes_longer_than_the_limit_is_the_measurement(limit, made, counted):
    calls = []
    timing = Timing(inference_size=(8, 8), warmup=2, repeats=3, limit_seconds=limit)
    measured = measure(lambda: calls.append(0), timing, torch.device("cpu"))
    assert len(calls) == made and measured["repeats"] == counted
