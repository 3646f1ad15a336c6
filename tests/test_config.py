"""The configuration: shipped ones go through, mistakes are named with their cure, sizes and inheritance are as told."""

import copy
import re

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from baselines import METHODS
from dakpn.config.inheritance import inherit, merge
from dakpn.config.size import Size
from dakpn.errors import InputError
from dakpn.plan import plan
from dakpn.plan.configure import SHIPPED, configure
from workflow import key_reference

PATHS = sorted(SHIPPED.glob("*.yaml"))
RAW = {path.stem: yaml.safe_load(path.read_text()) for path in PATHS}
SMOKE = inherit(RAW["smoke"], SHIPPED)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_shipped_configurations_are_valid_and_open_with_yield_and_price(path):
    configuration = configure(RAW[path.stem], METHODS)
    # results/reference is what is committed of the reference run.
    assert configuration.run == ("retrained" if path.stem == "reference" else path.stem)
    assert plan(configuration).jobs
    opening = re.split(r"\n(?:extends|run):", path.read_text())[0]
    assert "Yields" in opening and "Costs" in opening


def test_the_reference_of_keys_is_what_the_models_say():
    assert key_reference.PATH == SHIPPED / "README.md"
    assert key_reference.PATH.read_text(encoding="utf-8") == key_reference.text()


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda c: c.update(seedz=[1]), r"seedz: no such key. Did you mean seeds"),
        (
            lambda c: c["tasks"]["street"].update(image_sise=[8, 8]),
            r"tasks.street.image_sise: .*Did you mean image_size",
        ),
        (lambda c: c["tasks"]["street"]["source"].update(rot="x"), r"tasks.street.source.rot: .*Did you mean root"),
        (lambda c: c["tasks"]["street"]["source"].update(reader="gta"), r"tasks.street.source.reader: .*gta5"),
        (lambda c: c["methods"]["vsait"].update(iteration=3), r"methods.vsait.iteration: .*Did you mean iterations"),
        (lambda c: c["methods"].update({"My_method": {"method": "fda"}}), r"methods.My_method.*should match pattern"),
        (lambda c: c["methods"].update({"cyclegann": {}}), r"methods.cyclegann: no method .*Did you mean cyclegan"),
        (lambda c: c.update(seeds=["one"]), r"seeds.0: .*'one'"),
        (lambda c: c.update(seeds=[0, -1]), r"seeds.1: .*greater than or equal to 0.*-1"),
        (lambda c: c.update(seeds=[2**70]), r"seeds.0: .*less than 2147483648"),
        (lambda c: c.update(seeds=[0, 1, 0]), r"seeds: .*a seed is given twice"),
        (lambda c: c["methods"].update({"mine": {"method": "fda", "seeds": [3, 3]}}), r"seeds: .*given twice"),
        (lambda c: c["procedural"].update(seed=-1), r"procedural.seed: .*greater than"),
        (lambda c: c.update(run="reference"), r"run: .*the folder reference holds what is no run's"),
        (lambda c: c.update(run="benchmark"), r"run: .*the folder benchmark holds what is no run's"),
        (lambda c: c.update(run="../elsewhere"), r"run: .*should match pattern"),
        (lambda c: c.update(device="gpu"), r"device: .*'auto', 'cpu' or 'cuda'"),
        (lambda c: c["compare"].append("sruni"), r"methods.sruni: no method ships under this name"),
        (lambda c: c["tasks"]["face"]["target"].pop("validation"), r"tasks.face.target.validation"),
        (lambda c: c["timing"].update(task="camvid"), r"timing.task"),
        (lambda c: c["tasks"]["face"].update(image_size=[48]), r"tasks.face.image_size"),
        (lambda c: c["tasks"]["face"].update(image_size=[48, 4]), r"tasks.face.image_size"),
        (lambda c: c["tasks"]["face"].update(resolutions=[[8, 8], [8, 8]]), r"tasks.face.resolutions: .*twice"),
        (
            lambda c: c["tasks"]["street"].update(low_size=[25, 40]),
            r"tasks.street.low_size, methods.dakpn-.*: low_size 25x40 does not divide into 2x2 cells",
        ),
    ],
)
def test_a_mistake_is_named_with_its_cure(change, message):
    raw = copy.deepcopy(SMOKE)
    change(raw)
    with pytest.raises(InputError, match=message):
        configure(raw, METHODS)


def test_sizes_differ_between_configurations_and_code_paths_do_not():
    smoke, miniature = (configure(RAW[name], METHODS) for name in ("smoke", "miniature"))
    assert list(smoke.tasks) == list(miniature.tasks)
    for name in smoke.tasks:
        assert set(smoke.run_methods(name)) <= set(miniature.run_methods(name))
        assert smoke.tasks[name].ablations == miniature.tasks[name].ablations
    # Every method runs somewhere in the smoke run, if not on every task.
    smoke_run, run = ({*of.instances} - {*of.snapshots} for of in (smoke, miniature))
    assert smoke_run == run
    assert smoke.sensitivity == miniature.sensitivity


def test_a_size_is_printed_as_it_is_parsed():
    size = Size.parse("96x160")
    assert size == (96, 160) and (size.height, size.width, size.area) == (96, 160, 15360)
    assert str(size) == f"{size}" == "96x160"


@pytest.mark.parametrize("text", ["96", "96x", "x96", "96x160x3", "96X160", "a x b", ""])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError):
        Size.parse(text)


class Sized(BaseModel):
    size: Size


def test_a_configuration_takes_sizes_as_lists_and_gives_them_back_as_lists():
    assert Sized(size=[96, 160]).size == Size(96, 160)
    assert Sized(size=[96, 160]).model_dump(mode="json") == {"size": [96, 160]}
    for wrong in ([96], [96, 160, 3], [7, 96], "96x160"):
        with pytest.raises(ValidationError):
            Sized(size=wrong)


PARENT = {"a": {"x": 1, "deep": {"y": 2, "z": 3}}, "list": [1, 2], "plain": 0, "gone": {"x": 1}}


@pytest.mark.parametrize(
    "own, expected",
    [
        ({}, PARENT),
        ({"a": {"deep": {"y": 9}}}, {**PARENT, "a": {"x": 1, "deep": {"y": 9, "z": 3}}}),
        ({"a": {"deep": {"new": 4}}}, {**PARENT, "a": {"x": 1, "deep": {"y": 2, "z": 3, "new": 4}}}),
        ({"list": [3]}, {**PARENT, "list": [3]}),
        ({"a": 5}, {**PARENT, "a": 5}),
        ({"plain": {"x": 1}}, {**PARENT, "plain": {"x": 1}}),
        ({"gone": None}, {key: value for key, value in PARENT.items() if key != "gone"}),
        ({"a": {"deep": None}}, {**PARENT, "a": {"x": 1}}),
        ({"never": None}, PARENT),
        ({"plain": False}, {**PARENT, "plain": False}),
    ],
)
def test_mappings_are_merged_values_replaced_and_null_removes(own, expected):
    before = copy.deepcopy(PARENT)
    assert merge(PARENT, own) == expected
    assert before == PARENT


def test_a_configuration_is_laid_over_its_parents_one_by_one(tmp_path):
    shipped, own = tmp_path / "shipped", tmp_path / "own.yaml"
    shipped.mkdir()
    (shipped / "first.yaml").write_text("run: first\nmethods: {a: {x: 1, y: 1}, b: {x: 1}}\nlist: [1]\n")
    (shipped / "second.yaml").write_text("extends: first\nrun: second\nmethods: {a: {x: 2}, b: null}\n")
    own.write_text("extends: second\nlist: [3]\n")
    expected = {"run": "third", "methods": {"a": {"x": 2, "y": 3}}, "list": [3]}
    assert inherit({"extends": str(own), "run": "third", "methods": {"a": {"y": 3}}}, shipped) == expected
    assert inherit({"run": "alone"}, shipped) == {"run": "alone"}


def test_a_parent_that_is_not_there_is_named_with_those_that_are(tmp_path):
    (tmp_path / "first.yaml").write_text("run: first\n")
    for name in ("second", str(tmp_path / "second.yaml")):
        with pytest.raises(InputError, match=f"extends: {name}: no such configuration. Name one of first"):
            inherit({"extends": name}, tmp_path)
