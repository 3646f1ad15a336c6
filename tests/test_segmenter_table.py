"""Whether the order of methods survives another segmenter: places, ties and the sentence about them."""

import numpy as np
import pytest

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.tables.segmenters import segmenter_notes, segmenter_table


@pytest.fixture
def table_of(tmp_path):
    """{segmenter: {method: share of pixels that are right}} -> the settings of a table and the table itself."""

    def build(shares):
        settings = {
            "run": "r",
            "protocol": "paper",
            "task": "face",
            "resolution": "8x8",
            "labels": {m: m for m in "abc"},
            "segmenters": {name: name.upper() for name in shares},
            "stores": [],
        }
        paths = []
        for segmenter, methods in shares.items():
            for method, right in methods.items():
                counts = np.zeros((2, 19, 19), np.int64)
                counts[:, [0, 1], [0, 1]], counts[:, 0, 1] = right, 100 - right
                paths.append(tmp_path / f"{segmenter}-{method}.npz")
                ConfusionStore(("1", "2"), counts, LABEL_SPACES["cityscapes"]).save(paths[-1])
                settings["stores"].append((segmenter, method, 0))
        return settings, segmenter_table(settings, paths)

    return build


def places(table, segmenter):
    return table.query("metric == 'mIOU' and resolution == @segmenter").set_index("method")["place"].to_dict()


def test_a_reversed_order_has_tau_minus_one_and_marks(table_of):
    settings, table = table_of({"x": {"a": 90, "b": 60, "c": 30}, "y": {"a": 30, "b": 60, "c": 90}})
    assert places(table, "X") == {"a": 1, "b": 2, "c": 3} and places(table, "Y") == {"a": 3, "b": 2, "c": 1}
    moved = table.query("metric == 'mIOU' and marks == 'rank'")
    assert set(zip(moved["resolution"], moved["method"], strict=True)) == {("Y", "a"), ("Y", "c")}
    assert "under Y and under X: Kendall's tau -1.00 over 3 methods" in segmenter_notes(table, settings)["notes"][-1]


def test_equal_scores_share_a_place_and_rank_nothing(table_of):
    settings, table = table_of({"x": {"a": 60, "b": 60, "c": 30}, "y": {"a": 50, "b": 50, "c": 50}})
    assert places(table, "X") == {"a": 1, "b": 1, "c": 3} and places(table, "Y") == {"a": 1, "b": 1, "c": 1}
    assert "none, because all methods are equal under one" in segmenter_notes(table, settings)["notes"][-1]
