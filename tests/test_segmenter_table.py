"""The order of methods under several segmenters: places, marks of those that moved, and Kendall's tau."""

import re

import numpy as np
import pytest

from baselines import METHODS
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import scores
from dakpn.plan import plan
from dakpn.plan.configure import configure
from dakpn.plan.tables import SegmenterTable
from dakpn.report.scores import page_tables
from dakpn.tables.format import write
from dakpn.tables.segmenters import segmenter_notes, segmenter_table

TINY = {"network": "small", "width": 2, "iterations": 1, "batch": 2}
PLAN = plan(
    configure(
        {
            "extends": "smoke",
            "run": "test",
            "seeds": [0, 1, 2],
            "segmenters": {"other": {**TINY, "label": "Other net"}, "third": TINY},
            "tasks": {
                "street": {"segmenters": ["main", "other", "third"], "methods": ["identity", "cyclegan", "vsait"]}
            },
        },
        METHODS,
    )
)
SETTINGS = SegmenterTable("street").settings(PLAN)
SHARES = {
    "main": {"identity": 0.5, "cyclegan": 0.6, "vsait": 0.7, "oracle": 0.9},
    # CycleGAN and VSAIT change places: 5 of 6 pairs keep their order.
    "other": {"identity": 0.4, "cyclegan": 0.8, "vsait": 0.7, "oracle": 0.9},
    "third": {"identity": 0.9, "cyclegan": 0.7, "vsait": 0.6, "oracle": 0.5},
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("stores"), []
    for segmenter, method, seed, _ in SETTINGS["stores"]:
        random = np.random.default_rng([seed, *f"{segmenter}{method}".encode()])
        share = SHARES[segmenter][method] + 0.005 * random.standard_normal()
        right, classes = random.binomial(400, share, (10, 19)), np.arange(19)
        counts = np.zeros((10, 19, 19), np.int64)
        counts[:, classes, classes], counts[:, classes, (classes + 1) % 19] = right, 400 - right
        found.append(folder / f"{segmenter}-{method}-{seed}.npz")
        ConfusionStore(tuple("abcdefghij"), counts, LABEL_SPACES["cityscapes"]).save(found[-1])
    return found


@pytest.fixture(scope="module")
def table(paths):
    return segmenter_table(SETTINGS, paths)


def test_every_score_stands_once_with_its_interval(table, paths):
    assert len(table) == 3 * 4 * 3
    lines = table.set_index(["resolution", "method", "metric"])
    assert lines.index.is_unique and set(table["size"]) == {"48x48"} and set(table["seeds"]) == {3}
    chosen = [p for s, p in zip(SETTINGS["stores"], paths, strict=True) if s[:2] == ("other", "cyclegan")]
    values = [100 * scores(ConfusionStore.load(path).counts).mean_iou for path in chosen]
    line = lines.loc["Other net", "CycleGAN", "mIOU"]
    assert line["value"] == pytest.approx(np.mean(values)) and line["seed_sd"] == pytest.approx(np.std(values, ddof=1))
    assert (table["ci_low"] < table["value"]).all() and (table["value"] < table["ci_high"]).all()


@pytest.mark.parametrize(
    "segmenter, places, moved",
    [
        ("main", {"Target": 1, "VSAIT": 2, "CycleGAN": 3, "Source (untranslated)": 4}, set()),
        ("Other net", {"Target": 1, "CycleGAN": 2, "VSAIT": 3, "Source (untranslated)": 4}, {"CycleGAN", "VSAIT"}),
        (
            "third",
            {"Source (untranslated)": 1, "CycleGAN": 2, "VSAIT": 3, "Target": 4},
            {"Source (untranslated)", "CycleGAN", "VSAIT", "Target"},
        ),
    ],
)
def test_places_follow_the_scores_and_those_that_moved_are_marked(table, segmenter, places, moved):
    for metric in ("pxAcc", "clsAcc", "mIOU"):
        lines = table[(table["resolution"] == segmenter) & (table["metric"] == metric)].set_index("method")
        assert lines["place"].to_dict() == places
        assert set(lines.index[lines["marks"] == "rank"]) == moved and set(lines["marks"]) <= {"rank", ""}


def test_the_agreement_of_orders_is_kendalls_tau(table, tmp_path):
    around = segmenter_notes(table, SETTINGS)
    # (concordant - discordant) / all pairs: (5 - 1) / 6, and of six pairs only VSAIT under CycleGAN turns twice.
    found = {text.split(" and ")[0]: re.search(r"tau (-?\d\.\d\d) over 4 methods", text) for text in around["notes"]}
    taus = {name.removeprefix("Order of methods under "): match[1] for name, match in found.items() if match}
    assert taus == {"Other net": "0.67", "third": "-1.00"}
    write(table, tmp_path / "segmenters", **around)
    text = (tmp_path / "segmenters.md").read_text()
    assert "Segmentation of street by other segmenters (mIOU, 48x48)" in text and "first segmenter" in text
    row = next(line for line in text.splitlines() if line.startswith("| CycleGAN"))
    assert len(row.split("|")) == 6 and row.count("ᶜ") == 2 and "pxAcc" not in text


def test_methods_with_equal_scores_share_a_place_and_where_all_do_there_is_no_tau(table, paths):
    stores = dict(zip(map(tuple, SETTINGS["stores"]), paths, strict=True))
    equal = [stores[s, "vsait" if m == "cyclegan" or s == "third" else m, seed, k] for s, m, seed, k in stores]
    tied = segmenter_table(SETTINGS, equal).query("metric == 'mIOU'").set_index(["resolution", "method"])
    assert tied.loc["main", "place"].to_dict() == {"Target": 1, "VSAIT": 2, "CycleGAN": 2, "Source (untranslated)": 4}
    assert (tied.loc["third", "place"] == 1).all()
    last = segmenter_notes(tied.reset_index(), SETTINGS)["notes"][-1]
    assert last.endswith("no Kendall's tau, because all methods are equal under one of them.")


def test_the_report_shows_it_as_a_table_of_methods(table, tmp_path):
    write(table, tmp_path / "segmenters-street", **segmenter_notes(table, SETTINGS))
    (shown,) = page_tables(tmp_path, {"segmenters-street": "Order"}, [], [])
    assert [row["label"] for row in shown["rows"]] == list(dict.fromkeys(table["method"])) and not shown["matrices"]
    leading = [column["resolution"] for column in shown["columns"] if column["metric"] == shown["lead"] == "mIOU"]
    assert leading == ["main", "Other net", "third"]
    ids = [cell["id"] for row in shown["rows"] for cell in row["cells"]]
    assert len(ids) == len(set(ids)) == len(table)
