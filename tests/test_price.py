"""The computed price: counted operations follow the sizes and lengths of a configuration, and the page shows them."""

import pandas as pd
import pytest
import torch
import yaml
from runs import ROOT, plan_of
from torch import nn

from baselines import METHODS
from benchmarks.price import EFFICIENCY, OVERHEAD, PEAKS, counted, disk, price
from dakpn.plan import plan
from dakpn.plan.configure import configure

PAGE = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
COUNTED = ["Convolutions, 10^15", "Matrix products, 10^15"]


def priced(**changes):
    methods = {"tasks": {"face": None, "street": {"methods": ["identity", "cyclegan", "dakpn-s"]}}, "sensitivity": None}
    run = plan(configure({"extends": "smoke", **methods, **changes}, METHODS))
    return run, price(run).set_index("Jobs")


def test_a_multiply_add_is_two_operations_and_convolutions_are_told_from_products():
    image, weight = torch.ones(1, 3, 8, 8), nn.Conv2d(3, 5, 3, padding=1)
    assert counted(lambda: weight(image)).tolist() == [2 * 8 * 8 * 5 * 3 * 9, 0]
    assert counted(lambda: image.view(3, 64) @ image.view(64, 3)).tolist() == [0, 2 * 3 * 3 * 64]


def test_operations_grow_with_lengths_and_seeds_and_hours_follow_from_them():
    run, once = priced()
    assert once.loc["segmenter (street)", "Number"] == run.counts()["segmenter"]
    assert once.loc["all", COUNTED].to_list() == pytest.approx(once.drop("all")[COUNTED].sum().to_list())
    _, more = priced(seeds=[0, 1], segmenters={"main": {"iterations": 6}})
    for kind, factor in [("segmenter (street)", 6), ("encoder (street)", 2)]:
        assert more.loc[kind, COUNTED[0]] == pytest.approx(factor * once.loc[kind, COUNTED[0]])
    line, (convolving, multiplying) = once.loc["translator (street)"], PEAKS["A100"]
    seconds = (line[COUNTED[0]] / convolving + line[COUNTED[1]] / multiplying) * 1e15 / EFFICIENCY
    assert line["Hours, A100"] == pytest.approx((seconds + OVERHEAD * line["Number"]) / 3600)
    assert disk(run) > 0


def test_the_page_and_the_day_tell_the_price_of_the_configuration():
    """The jobs; the operations behind them take a minute to count."""
    path = ROOT / "config/day.yaml"
    run, rows = plan_of(path), [line.strip("| ").split("|") for line in PAGE.splitlines() if " (street) " in line]
    shown = pd.DataFrame([[cell.strip() for cell in row] for row in rows]).set_index(0)[1].astype(int)
    for rule in ("encoder", "translator", "translation", "segmenter"):
        assert shown[f"{rule} (street)"] == sum(node.rule == rule and node.task == "street" for node in run.jobs)
    hours = next(line for line in PAGE.splitlines() if line.startswith("| all ")).strip("| ").split("|")[-2]
    assert f"about {round(float(hours))} hours on an A100" in path.read_text() and float(hours) < 24
    assert yaml.safe_load(path.read_text())["run"] == "day"
