"""The tables of variance components and of what would decide, from made-up confusion stores."""

import numpy as np
import pandas as pd
import pytest

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.tables.allocation import allocation_table
from dakpn.tables.components import component_sentences, components_table
from dakpn.tables.power import Prices, power_table, priceless
from dakpn.tables.scores import gather_groups
from dakpn.tables.supplementary import supplement

LABELS = {"identity": "Source", "fda": "FDA", "dakpn-s": "DA-KPN-S", "oracle": "Target"}
OPTIMISED = {name: name == "dakpn-s" for name in LABELS}
SHARES = {"identity": 0.5, "fda": 0.52, "dakpn-s": 0.55, "oracle": 0.9}
ABOUT = dict(run="test", protocol="paper", labels=LABELS)
STAGES = [("segmenter", 30.0), ("score", 1.0)]
COSTS = pd.DataFrame(
    [
        *((stage, "street", None, name, seed, s) for stage, s in STAGES * 2 for name in LABELS for seed in range(3)),
        *(("translator", "street", None, "dakpn-s", seed, 10.0) for seed in range(3)),
        ("translation", "street", None, "fda", 0, 100.0),
        *(("encoder", "street", "source", None, seed, 5.0) for seed in range(3)),
    ],
    columns=["stage", "task", "domain", "method", "seed", "seconds"],
).assign(resolution="96x96", segmenter="small")
PRICES = Prices(COSTS, OPTIMISED, {"dakpn-s": "source"})


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
    lines = table.set_index(["method", "metric"])
    values = lines["value"]
    assert values["DA-KPN-S", "translator sd"] > 4 * values["DA-KPN-S", "segmenter sd"]
    assert values["FDA", "translator sd"] == 0 and values["DA-KPN-S", "translator share"] > 80
    shares = [values["DA-KPN-S", f"{source} share"] for source in ("translator", "segmenter", "images")]
    assert sum(shares) == pytest.approx(100)
    one = lines.loc[("DA-KPN-S", "translator sd")]
    assert one["ci_low"] < one["value"] < one["ci_high"]
    assert one["shown"] == f"{one['value']:.2f} [{one['ci_low']:.2f}, {one['ci_high']:.2f}]"
    (sentence,) = component_sentences(table)
    assert "street, 96x96" in sentence and "DA-KPN-S" in sentence


def test_open_pairs_have_numbers_with_prices_and_decided_ones_are_left_out(groups):
    table = power_table(groups, PRICES, **ABOUT)
    lines, texts = (table.pivot(index="method", columns="metric", values=name) for name in ("value", "shown"))
    assert "DA-KPN-S less FDA" in lines.index and not any("Target" in pair for pair in lines.index)
    pair, said = lines.loc["DA-KPN-S less FDA"], texts.loc["DA-KPN-S less FDA"]
    # The translator and the encoder of DA-KPN-S, and two segmenters and scores of both.
    price = 5 + 10 + 2 * 2 * (30 + 1)
    assert pair["further seeds"] > 3 and pair["price of further seeds"] == pytest.approx(price * pair["further seeds"])
    assert said["segmenters per seed"] == "no: noise of others" and said["test images"] == "no: noise of training"
    assert said["further seeds"].startswith(f"{pair['further seeds']:.0f} (")
    hidden = set(table["metric"]) - set(priceless(table)["metric"])
    assert hidden == {"price of further seeds", "price of segmenters per seed"}


def test_what_is_shared_or_run_once_is_paid_once():
    fixed, both = PRICES.of([("street", "fda")]), PRICES.of([("street", "fda"), ("street", "dakpn-s")])
    assert fixed == (62, 31)
    assert both == (62 + 62 + 10 + 5, 62)
    assert PRICES.of([("street", "dakpn-s"), ("street", "dakpn-s")]) == (77, 31)
    assert PRICES.of([("face", "fda")]) == (0, 0)


def test_noisy_methods_get_the_seeds_that_more_time_buys(groups):
    table, sentences = allocation_table(groups, PRICES, **ABOUT)
    lines = table.pivot(index="method", columns="metric", values="value")
    assert list(lines["seeds for 1 x the time"]) == [3, 3, 3, 3]
    assert lines.loc["DA-KPN-S", "seeds for 4 x the time"] > lines.loc["FDA", "seeds for 4 x the time"] + 5
    assert lines.loc["DA-KPN-S", "core-seconds of a seed"] == 77 and lines.loc["FDA", "core-seconds of a seed"] == 62
    spent = (lines["seeds for 4 x the time"] * lines["core-seconds of a seed"]).sum()
    assert 4 * 3 * (3 * 62 + 77) - 77 < spent <= 4 * 3 * (3 * 62 + 77)
    assert len(sentences) == 3 and "DA-KPN-S" in sentences[0]


def test_a_gap_of_one_seed_is_marked_provisional(tmp_path):
    from dakpn.tables.scores import Stored

    rng = np.random.default_rng(0)
    stores = [
        Stored("segmentation", "street", method, "96x96", 0, 0, store(tmp_path / f"{method}.npz", share, rng))
        for method, share in SHARES.items()
    ]
    _, around = supplement("gap", stores, ABOUT)
    assert around["above"][0].startswith("Provisional")
