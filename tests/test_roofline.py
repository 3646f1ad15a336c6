"""The page of what operations and memory imply is what its command computes."""

import pytest

from benchmarks.fake_device import Call
from benchmarks.iteration import computing_methods

pytest.importorskip("triton", reason="Triton is not installed, so the kernels of the blur are not counted")

from benchmarks import roofline  # noqa: E402


def test_the_roofline_shows_what_is_counted_for_every_method():
    shown = [[cell.strip() for cell in line.split("|")[1:-1]] for line in roofline.PAGE.read_text().splitlines()]
    for row in roofline.rows(["dakpn-s"]):
        assert list(row.values()) in shown
    labels = {method.label for method in computing_methods().values() if method.optimised}
    assert labels <= {cells[0] for cells in shown if cells}


def test_a_card_takes_the_longer_of_computing_and_moving():
    card = roofline.Card(convolved=1e12, plain=0.5e12, memory=1e9)
    computing, moving = Call(2 * 10**12, 10**12, 0), Call(10**12, 0, 3 * 10**9)
    assert card.seconds([computing]) == 4 and card.seconds([moving]) == 3
    assert card.seconds([computing, moving]) == 7
