"""Sensitivity: a switch must change something that exists, and an effect is judged by seeds and images."""

import numpy as np
import pandas as pd
import pytest

from baselines import METHODS
from dakpn.claims.sensitivity import sensitivity_rows, write_sensitivity
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.plan.configure import configure


def configured(name, switch, **changes):
    switches = {name: {"method": "dakpn-s", "changes": {"sigma_start": 1.0}, **switch}}
    return configure({"extends": "smoke", "run": "changed", "sensitivity": switches, **changes}, METHODS)


@pytest.mark.parametrize(
    "name, switch, message",
    [
        ("x", {"changes": {"update": "both"}}, "sensitivity.x.changes.update: .*'both'"),
        ("x", {"changes": {"sigma_start": 0.25}}, "sensitivity.x.changes.sigma_start: 0.25 is the run's own value"),
        ("x", {"changes": {"batch": 2}}, "sensitivity.x.changes.batch: 2 is the run's own value"),
        ("x", {"section": "segmenter"}, "sensitivity.x.changes.sigma_start: no such key"),
        (
            "x",
            {"section": "segmenter", "changes": {"flip": True}},
            "sensitivity.x.changes.flip: True is the run's own value",
        ),
        ("x", {"task": "night"}, "sensitivity.x.task: night is not among the tasks"),
        ("a--b", {}, "sensitivity.a--b"),
        ("A", {}, "sensitivity.A"),
        ("x", {"section": "judge"}, "sensitivity.x.section: .*'judge'"),
        ("x", {"changes": {}}, "sensitivity.x.changes: "),
        ("x", {"keys": 1}, "sensitivity.x.keys: no such key"),
    ],
)
def test_a_switch_that_changes_nothing_valid_is_an_error(name, switch, message):
    with pytest.raises(InputError, match=message):
        configured(name, switch)


def test_a_switch_that_bears_the_name_of_a_method_is_an_error():
    own = {"dakpn-s-x": {"method": "dakpn-s", "label": "Mine"}}
    with pytest.raises(InputError, match="sensitivity.x: dakpn-s-x is a method already"):
        configured("x", {}, methods=own)


@pytest.mark.parametrize(
    "section, change, own, changed",
    [
        ("method", {"sigma_start": 1.0}, ("dakpn-s", "main"), ("dakpn-s-x", "main")),
        ("encoder", {"flip": False}, ("dakpn-s", "main"), ("dakpn-s-x", "main")),
        ("segmenter", {"flip": False}, ("dakpn-s", "main"), ("dakpn-s", "main-x")),
    ],
)
def test_a_switch_changes_its_own_section_and_nothing_else(section, change, own, changed):
    run = configured("x", {"section": section, "changes": change})
    (switch,) = (switch for switch in run.switches if switch["name"] == "x")
    assert (switch["own"], switch["changed"], switch["after"]) == (own, changed, change)
    method, network = changed
    domains = run.encoder_domains
    sections = {
        "method": (run.instances["dakpn-s"].settings, run.instances[method].settings),
        "encoder": (run.encoder_sections[domains["dakpn-s"]], run.encoder_sections[domains[method]]),
        "segmenter": (run.segmenter_sections["main"], run.segmenter_sections[network]),
    }
    for name, (before, after) in sections.items():
        assert after == ({**before, **change} if name == section else before)
        assert (after != before) == (name == section)


def stores_of(folder, shares, seeds, images=30):
    """((task, method, segmenter, resolution, seed, replicate), path) of stores of 19 classes of which a share of pixels
    is right, the images of all methods equally hard.
    """
    rng = np.random.default_rng(0)
    classes, found = np.arange(19), []
    for seed in range(seeds):
        hardness = 0.05 * rng.standard_normal(images)
        for method, share in shares.items():
            right = rng.binomial(400, np.clip(share + hardness, 0, 1)[:, None], (images, 19))
            counts = np.zeros((images, 19, 19), np.int64)
            counts[:, classes, classes] = right
            counts[:, classes, (classes + 1) % 19] = 400 - right
            path = folder / method / f"{seed}.npz"
            path.parent.mkdir(exist_ok=True)
            ConfusionStore(tuple(map(str, range(images))), counts, LABEL_SPACES["cityscapes"]).save(path)
            found.append((("street", method, "main", "48x48", seed, 0), str(path)))
    return found


SHARES = {"m": 0.6, "m-up": 0.8, "m-down": 0.4, "m-same": 0.6}


def table(folder, seeds):
    switches = [
        dict(name=key.removeprefix("m-"), task="street", label="M", section="method")
        | dict(own=("m", "main"), changed=(key, "main"), before={"k": 1}, after={"k": 2})
        for key in list(SHARES)[1:]
    ]
    return sensitivity_rows(stores_of(folder, SHARES, seeds), switches, protocol="paper")


def test_effects_have_their_sign_size_and_verdict(tmp_path):
    rows = table(tmp_path, seeds=4).set_index("name")
    assert rows["verdict"].to_dict() == {"up": "raises", "down": "lowers", "same": "cannot be told apart"}
    assert (rows["effect"] - (rows["changed"] - rows["own"])).abs().max() < 1e-9
    assert rows.loc["up", "effect"] > 10 and rows.loc["down", "effect"] < -10
    assert ((rows["low"] < rows["effect"]) & (rows["effect"] < rows["high"])).all()


def test_one_seed_is_not_judged(tmp_path):
    rows = table(tmp_path, seeds=1)
    assert set(rows["verdict"]) == {"not judged"} and rows["p"].isna().all() and rows["low"].notna().all()


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_table_is_written(tmp_path, seeds):
    write_sensitivity(table(tmp_path, seeds), tmp_path / "sensitivity", procedural=True)
    assert pd.read_csv(tmp_path / "sensitivity.csv")["name"].tolist() == ["up", "down", "same"]
    for suffix in ("md", "html"):
        text = (tmp_path / f"sensitivity.{suffix}").read_text()
        assert "k: 2" in text and "Procedural" in text and ("One seed" in text) == (seeds == 1)
