import copy
from pathlib import Path

import pytest
import yaml

from baselines import METHODS
from dakpn.config.errors import validate
from dakpn.data.sections import check_data_set
from dakpn.errors import InputError

CONFIG = Path(__file__).parents[1] / "config"


@pytest.fixture
def raw():
    return copy.deepcopy(yaml.safe_load((CONFIG / "smoke.yaml").read_text()))


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_configurations_are_valid_and_open_with_yield_and_price(path):
    configuration = validate(yaml.safe_load(path.read_text()), METHODS)
    assert configuration.run == path.stem
    for name, task in configuration.tasks.items():
        check_data_set(task.source, f"tasks.{name}.source")
        check_data_set(task.target, f"tasks.{name}.target")
    opening = path.read_text().split("\nrun:")[0]
    assert "Yields" in opening and "Costs" in opening


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda c: c.update(seedz=[1]), r"seedz: no such key. Did you mean seeds"),
        (
            lambda c: c["tasks"]["street"].update(image_sise=[8, 8]),
            r"tasks.street.image_sise: .*Did you mean image_size",
        ),
        (lambda c: c["tasks"]["street"]["source"].update(rot="x"), r"tasks.street.source.rot: .*Did you mean root"),
        (
            lambda c: c["methods"]["vsait"].update(iteration=3),
            r"methods.vsait.iteration: .*Did you mean iterations",
        ),
        (lambda c: c["methods"].update({"cyclegann": {}}), r"methods.cyclegann: no such method. Did you mean cyclegan"),
        (lambda c: c.update(seeds=["one"]), r"seeds.0: .*'one'"),
        (lambda c: c.update(device="gpu"), r"device: .*'auto', 'cpu' or 'cuda'"),
        (lambda c: c["tasks"]["face"]["methods"].append("sruni"), r"sruni has no section"),
        (lambda c: c["tasks"]["face"]["target"].pop("validation"), r"tasks.face.target.validation"),
        (lambda c: c["timing"].update(task="camvid"), r"timing.task"),
    ],
)
def test_a_mistake_is_named_with_its_cure(raw, change, message):
    change(raw)
    with pytest.raises(InputError, match=message):
        validate(raw, METHODS)


def test_sizes_differ_between_configurations_and_code_paths_do_not():
    smoke, miniature = (yaml.safe_load((CONFIG / f"{name}.yaml").read_text()) for name in ("smoke", "miniature"))
    for name, task in miniature["tasks"].items():
        assert set(smoke["tasks"][name]["methods"]) <= set(task["methods"])
    # Every method runs somewhere in the smoke run, if not on every task.
    tried = [{method for task in c["tasks"].values() for method in task["methods"]} for c in (smoke, miniature)]
    assert tried[0] == tried[1]
    assert set(smoke["methods"]) == set(miniature["methods"])
