"""Sensitivity: a switch must change something that exists, and an effect is judged by seeds and images."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from baselines import METHODS
from dakpn.claims.sensitivity import sensitivity_rows, write_sensitivity
from dakpn.config.errors import validate
from dakpn.config.switches import base_of, changes, check_switches, encoder_domain, settings, switched
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.tables.scores import Stored

CONFIG = Path(__file__).parents[1] / "config"
SMOKE = yaml.safe_load((CONFIG / "smoke.yaml").read_text())


def configured(*switches):
    raw = copy.deepcopy(SMOKE)
    raw["sensitivity"] = [{"name": "x", "method": "dakpn-s", "changes": {"sigma_start": 1.0}, **s} for s in switches]
    return validate(raw, METHODS)


@pytest.mark.parametrize(
    "switches, message",
    [
        ([{"changes": {"sigma": 1.0}}], "sensitivity.x.changes.sigma: no such key. Did you mean sigma_start"),
        ([{"changes": {"update": "both"}}], "sensitivity.x.changes.update: .*'both'"),
        ([{"changes": {"sigma_start": 0.25}}], "changes.sigma_start: 0.25 is the run's own value"),
        ([{"changes": {"batch": 2}}], "changes.batch: 2 is the run's own value"),
        ([{"section": "segmenter"}], "changes.sigma_start: no such key"),
        ([{"section": "segmenter", "changes": {"flip": True}}], "changes.flip: True is the run's own value"),
        ([{"method": "vsait", "section": "encoder"}], "sensitivity.x.section: vsait has no encoder"),
        ([{"method": "dakpn"}], "sensitivity.x.method: dakpn has no section"),
        ([{}, {"method": "dakpn-t"}], "sensitivity.x: the name is given twice"),
    ],
)
def test_a_switch_that_changes_nothing_valid_is_an_error(switches, message):
    with pytest.raises(InputError, match=message):
        check_switches(configured(*switches), METHODS)


@pytest.mark.parametrize(
    "switch", [{"name": "a--b"}, {"name": "A"}, {"section": "judge"}, {"changes": {}}, {"keys": 1}]
)
def test_a_malformed_switch_is_an_error(switch):
    with pytest.raises(InputError, match="sensitivity.0"):
        configured(switch)


def test_a_task_that_the_run_lacks_is_named():
    raw = {**copy.deepcopy(SMOKE), "tasks": {"street": SMOKE["tasks"]["street"]}}
    raw["sensitivity"][0]["task"] = "face"
    with pytest.raises(InputError, match="sensitivity.reversal.task: face is not among the tasks"):
        check_switches(validate(raw, METHODS), METHODS)


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_switches_are_valid(path):
    check_switches(validate(yaml.safe_load(path.read_text()), METHODS), METHODS)


def test_names_lead_to_the_changes_of_their_own_section():
    configuration = configured({}, {"name": "y", "section": "encoder", "changes": {"flip": False}})
    first, second = configuration.sensitivity
    name = switched("dakpn-s", first)
    assert base_of(name) == base_of("dakpn-s") == "dakpn-s" and name not in METHODS
    assert changes(configuration, "method", name) == {"sigma_start": 1.0}
    assert changes(configuration, "encoder", name) == changes(configuration, "method", "dakpn-s") == {}
    assert encoder_domain("source", name, configuration) == "source"
    other = encoder_domain("source", switched("dakpn-s", second), configuration)
    assert base_of(other) == "source" and changes(configuration, "encoder", other) == {"flip": False}
    assert settings(first, configuration, METHODS) == ({"sigma_start": 0.25}, {"sigma_start": 1.0})


def stores_of(folder, shares, seeds, images=30):
    """Confusion stores of 19 classes of which a share of pixels is right, the images of all methods equally hard."""
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
            found.append(Stored("segmentation", "street", method, "48x48", seed, str(path)))
    return found


SHARES = {"m": 0.6, "m--up": 0.8, "m--down": 0.4, "m--same": 0.6}


def table(folder, seeds):
    switches = [
        dict(name=key.partition("--")[2], task="street", method="m", label="M", changed=key, section="method")
        | dict(before={"k": 1}, after={"k": 2})
        for key in list(SHARES)[1:]
    ]
    stores = stores_of(folder, SHARES, seeds)
    return sensitivity_rows(stores, switches, spaces={"street": "cityscapes"}, protocol="paper", configuration="abc")


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
    assert set(pd.read_csv(tmp_path / "sensitivity.csv")["configuration"]) == {"abc"}
    for suffix in ("md", "html"):
        text = (tmp_path / f"sensitivity.{suffix}").read_text()
        assert "k: 2" in text and "Procedural" in text and ("One seed" in text) == (seeds == 1)
