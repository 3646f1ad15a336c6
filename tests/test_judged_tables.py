"""Tables from confusion stores: the values are the rows' values, and every comparison is told in words and marks."""

import numpy as np
import pandas as pd
import pytest

from baselines import METHODS
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import METRICS, scores
from dakpn.evaluation.protocols import multiverse
from dakpn.paper import PAPER, load_paper
from dakpn.plan import plan
from dakpn.plan.configure import configure
from dakpn.tables.notes import comparison_notes, flips, notes
from dakpn.tables.scores import Stored, columns, comparisons, difference_table, multiverse_table, score_table

OWN = {"methods": {"mine": {"method": "cyclegan", "label": "Mine"}}, "tasks": {"street": {"methods": None}}}
PLAN = plan(configure({"extends": "smoke", "run": "test", **OWN}, METHODS))
VALUES = load_paper(PAPER)
ABOUT = dict(name="table3", entry=PLAN.entries["table3"], run="test")
LABELLED = dict(**ABOUT, labels=PLAN.labels)
SHARES = {"identity": 0.5, "cyclegan": 0.6, "mine": 0.61, "oracle": 0.9}
SIZES = ["48x80", "96x160"]


def counts(share, seed, images=12):
    rng = np.random.default_rng(seed)
    found = rng.multinomial(200, [0.2 / 19] * 19, size=(images, 19))
    right = rng.binomial(200, share, (images, 19))
    for cls in range(19):
        found[:, cls, cls] += right[:, cls]
    found[:, 16] = 0
    return found


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("stores"), []
    for method, share in SHARES.items():
        for size in reversed(SIZES):
            for seed in range(3):
                path = folder / f"{method}-{size}-{seed}.npz"
                noise = np.random.default_rng([seed, *method.encode()]).normal(0, 0.01)
                ConfusionStore(
                    tuple(map(str, range(12))), counts(share + noise, seed), LABEL_SPACES["cityscapes"]
                ).save(path)
                found.append(Stored("segmentation", "street", method, size, seed, 0, path))
    return found


@pytest.fixture(scope="module")
def found(stores):
    return columns(stores)


@pytest.fixture(scope="module")
def judged(found):
    return comparisons(found, "paper")


def score(found, judged, protocol="paper"):
    return score_table(found, judged, paper=VALUES, protocol=protocol, resolutions=SIZES, **ABOUT)


def test_columns_are_the_sizes_of_the_stores_smallest_first(stores, found):
    assert [store.resolution for store in stores[::3]] == [*SIZES[::-1]] * len(SHARES)
    assert list(found) == SIZES
    for counts in found.values():
        assert set(counts.of) == set(SHARES) and all(list(seeds) == [0, 1, 2] for seeds in counts.of.values())


def test_a_value_is_the_mean_over_seeds_of_the_scores_of_the_stores(stores, found, judged):
    table = score(found, judged).query("source == 'measured'").set_index(["method", "size", "metric"])
    for method, label in (("cyclegan", "CycleGAN"), ("mine", "Mine"), ("oracle", "Target")):
        mine = [s for s in stores if s.method == method and s.resolution == "48x80"]
        values = [scores(ConfusionStore.load(store.path).counts) for store in mine]
        for metric, attribute in METRICS.items():
            line = table.loc[(label, "48x80", metric)]
            assert line["value"] == pytest.approx(100 * np.mean([getattr(v, attribute) for v in values]))
            assert line["ci_low"] < line["value"] < line["ci_high"] and line["seeds"] == 3
            assert line["shown"].endswith(f"[{line['ci_low']:.2f}, {line['ci_high']:.2f}] {line['group']}")


def test_the_floor_stands_above_the_table_and_the_letters_below(found, judged):
    around = notes(score(found, judged), PLAN.entries["table3"], comparisons=judged)
    assert [text.split(":")[0] for text in around["above"]] == [
        f"Smallest mIOU gap that this run could resolve at {size}" for size in SIZES
    ]
    assert any("share a letter" in text for text in around["notes"])
    assert any("over seeds and test images" in text for text in around["notes"])


def test_differences_name_every_pair_once_and_agree_with_the_table(found, judged):
    table = score(found, judged).query("source == 'measured'").set_index(["method", "size", "metric"])["value"]
    gaps = difference_table(judged, protocol="paper", **LABELLED)
    assert len(gaps) == 6 * 3 * 2
    for line in gaps.itertuples():
        first, second = line.method.split(" less ")
        expected = table[first, line.size, line.metric] - table[second, line.size, line.metric]
        assert line.value == pytest.approx(expected, abs=1e-6)
        assert line.ci_low <= line.value <= line.ci_high
        assert (line.marks == "different") == (line.p_holm < 0.05)
    assert (gaps.query("method == 'Target less Source (untranslated)'")["ci_low"] > 0).all()


def test_the_multiverse_holds_every_score_and_its_first_column_is_the_tables(found, judged):
    table = score(found, judged).query("source == 'measured' and seeds > 0")
    every = multiverse_table(found, **LABELLED)
    protocols = [p.name for p in multiverse(LABEL_SPACES["cityscapes"])]
    assert len(every) == len(protocols) * len(SHARES) * 3 * 2
    both = every.query("protocol == 'paper'").merge(table, on=["method", "size", "metric"], validate="1:1")
    assert len(both) == len(table) and both["value_x"].tolist() == pytest.approx(both["value_y"].tolist())
    released = every.query("protocol == 'released' and metric == 'mIOU'").set_index(["method", "size"])["value"]
    expected = score(found, comparisons(found, "released"), "released")
    expected = expected.query("source == 'measured' and metric == 'mIOU'").set_index(["method", "size"])["value"]
    assert released.to_dict() == pytest.approx(expected[released.index].to_dict())
    shown = comparison_notes("multiverse", "Table 3", every)["display"]
    assert list(dict.fromkeys(shown["metric"]))[:2] == ["paper", "released"]


def test_a_flip_of_the_order_is_counted_and_named():
    lines = [
        dict(resolution="1x1", metric="mIOU", protocol=protocol, method=method, value=value)
        for protocol, values in (("paper", (1, 2, 3)), ("released", (2, 1, 3)), ("zero", (0, 2, 9)))
        for method, value in zip("ABC", values, strict=True)
    ]
    (sentence,) = flips(pd.DataFrame(lines))
    assert "flips under 1 of 2 other protocols; released: A over B." in sentence


def test_ties_fall_the_same_way_whatever_the_order_of_the_stores(stores):
    same = [store._replace(path=stores[0].path) for store in stores if store.resolution == "48x80"]
    tables = []
    for order in (same, same[::-1]):
        found = columns(order)
        judged = comparisons(found, "paper")
        gaps = difference_table(judged, protocol="paper", **LABELLED)
        tables.append([frame.to_csv() for frame in (gaps, multiverse_table(found, **LABELLED))])
        assert not gaps["shown"].str.contains("-0.00").any() and (gaps["p"] == 1).all()
    assert tables[0] == tables[1]
