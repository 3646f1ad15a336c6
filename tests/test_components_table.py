"""The tables of variance components and of what would decide, from made-up confusion stores."""

import numpy as np
import pandas as pd
import pytest

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.tables.components import component_sentences, components_table, power_table
from dakpn.tables.scores import gather_groups
from dakpn.tables.supplementary import supplement

LABELS = {"identity": "Source", "fda": "FDA", "dakpn-s": "DA-KPN-S", "oracle": "Target"}
OPTIMISED = {name: name == "dakpn-s" for name in LABELS}
SHARES = {"identity": 0.5, "fda": 0.52, "dakpn-s": 0.55, "oracle": 0.9}
ABOUT = dict(run="test", protocol="paper", labels=LABELS)
COSTS = pd.DataFrame(
    [("segmenter", "street", name, seed, 30.0) for name in LABELS for seed in range(3)],
    columns=["stage", "task", "method", "seed", "seconds"],
)


def store(path, share, rng):
    right, classes = rng.binomial(400, min(share, 1.0), (20, 19)), np.arange(19)
    counts = np.zeros((20, 19, 19), np.int64)
    counts[:, classes, classes], counts[:, classes, (classes + 1) % 19] = right, 400 - right
    ConfusionStore(tuple(map(str, range(20))), counts, LABEL_SPACES["cityscapes"]).save(path)
    return str(path)


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    """Three seeds of two replicates; DA-KPN-S moves by 6 points with its seed, everything by half a point else."""
    folder, rng = tmp_path_factory.mktemp("stores"), np.random.default_rng(0)
    stores = []
    for method, share in SHARES.items():
        for seed in range(3):
            drawn = share + 0.06 * (seed - 1) * OPTIMISED[method]
            for replicate in range(2):
                path = folder / f"{method}{seed}{replicate}.npz"
                path = store(path, drawn + 0.005 * rng.standard_normal(), rng)
                stores.append((("street", "96x96"), (method, seed, replicate, path)))
    return gather_groups(stores)


def test_the_translators_part_is_told_from_the_segmenters(groups):
    table = components_table(groups, OPTIMISED, **ABOUT)
    values = table.set_index(["method", "metric"])["value"]
    assert values["DA-KPN-S", "translator sd"] > 4 * values["DA-KPN-S", "segmenter sd"]
    assert values["FDA", "translator sd"] == 0 and values["DA-KPN-S", "translator's share"] > 80
    (sentence,) = component_sentences(table)
    assert "street, 96x96" in sentence and "DA-KPN-S" in sentence


def test_open_pairs_have_a_number_of_seeds_and_a_price_and_decided_ones_are_left_out(groups):
    table = power_table(groups, COSTS, **ABOUT)
    lines = table.pivot(index="method", columns="metric", values="value")
    assert "DA-KPN-S less FDA" in lines.index and not any("Target" in pair for pair in lines.index)
    pair = lines.loc["DA-KPN-S less FDA"]
    assert pair["seeds"] > 3 and pair["price"] == pytest.approx(60 * (pair["seeds"] - 3))


def test_a_gap_of_one_seed_is_marked_provisional(tmp_path):
    from dakpn.tables.scores import Stored

    rng = np.random.default_rng(0)
    stores = [
        Stored("segmentation", "street", method, "96x96", 0, 0, store(tmp_path / f"{method}.npz", share, rng))
        for method, share in SHARES.items()
    ]
    _, around = supplement("gap", stores, ABOUT)
    assert around["above"][0].startswith("Provisional")
