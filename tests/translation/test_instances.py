"""Named instances: settings along the chain, labels, order, and what is refused."""

import subprocess
import sys

import pytest
import torch
from tiny_methods import batch

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.translation.instances import Preset, at_paper_settings, resolve
from dakpn.translation.translator import Translator

SECTIONS = {
    "dakpn": {"iterations": 200, "grid": 4},
    "dakpn-t": {},
    "cyclegan": {"pool": 1, "label": "CycleGAN (ours)"},
    "mine": {"method": "dakpn-t", "sigma_start": 1.0, "label": "Mine"},
    "other": {"method": "dakpn-t-no-blur", "grid": 2},
    "mine-again": {"method": "mine", "iterations": 5},
}


def settings(name, *keys, sections=SECTIONS):
    found = resolve(name, sections, METHODS).settings
    return [found[key] for key in keys]


def test_settings_are_inherited_along_the_chain():
    assert settings("dakpn-s", "iterations", "encoder") == [200, "source"]
    assert settings("mine", "iterations", "encoder", "sigma_start") == [200, "target", 1.0]
    assert settings("other", "grid", "encoder", "components") == [2, "target", ["affine", "noise"]]
    assert settings("mine-again", "iterations", "sigma_start", "grid") == [5, 1.0, 4]


def test_the_runs_section_of_a_preset_counts_for_what_is_built_from_it():
    sections = {**SECTIONS, "dakpn-t": {"batch": 3, "encoder": "source"}}
    assert settings("mine", "batch", "encoder", sections=sections) == [3, "source"]
    assert settings("dakpn-s", "batch", sections=sections) == [8]


def test_a_section_with_a_method_replaces_the_registrys_entry():
    found = resolve("dakpn-t", {"dakpn-t": {"method": "cyclegan"}}, METHODS)
    assert (found.base, found.label) == ("cyclegan", "dakpn-t")


def test_facts_follow_from_the_settings():
    found = resolve("mine", SECTIONS, METHODS)
    assert (found.name, found.label, found.base) == ("mine", "Mine", "dakpn")
    assert (found.encoder, found.trained, found.images_only) == ("target", True, False)
    control = resolve("control", {"control": {"method": "mine", "encoder": "none"}, **SECTIONS}, METHODS)
    assert control.encoder is None
    assert resolve("folder", {"folder": {"images": "x"}}, METHODS).images_only


def test_labels_are_a_sections_the_registrys_or_the_name():
    names = ("cyclegan", "dakpn-t", "dakpn", "mine-again")
    labels = [resolve(name, SECTIONS, METHODS).label for name in names]
    assert labels == ["CycleGAN (ours)", "DA-KPN-T", "DA-KPN", "mine-again"]


def test_own_instances_stand_after_what_they_are_built_from():
    names = [*METHODS, "other", "mine", "mine-again"]
    sections = {**SECTIONS, "folder": {"images": "x"}}
    ordered = sorted(names, key=lambda name: resolve(name, sections, METHODS).order)
    kept = [name for name in ordered if name in METHODS]
    assert kept == list(METHODS)
    place = ordered.index("dakpn-t")
    assert ordered[place : place + 5] == ["dakpn-t", "mine", "mine-again", "dakpn-t-no-blur", "other"]


def test_settings_are_json_that_makes_the_same_configuration():
    for name in ("mine", "cyclegan", "other"):
        found = resolve(name, SECTIONS, METHODS)
        assert found.translator.Config(**found.settings).model_dump(mode="json") == found.settings


def test_the_papers_settings_leave_the_runs_sections_of_shipped_methods_out():
    found = at_paper_settings("mine", SECTIONS, METHODS)
    keys = ("iterations", "grid", "encoder", "sigma_start")
    assert [found.settings[key] for key in keys] == [100_000, 8, "target", 1.0]


@pytest.mark.parametrize(
    "name, sections, message",
    [
        ("dakpm-t", {}, "methods.dakpm-t: no method ships .* Did you mean dakpn-t"),
        ("mine", {"mine": {"sigma_start": 1.0}}, "methods.mine: no method ships .* add `method`"),
        ("mine", {"mine": {"method": "cyclegam"}}, "methods.mine.method: no method cyclegam. Did you mean cyclegan"),
        ("mine", {"mine": {"method": ["cyclegan"]}}, "methods.mine.method: no method"),
        (
            "a",
            {"a": {"method": "b"}, "b": {"method": "c"}, "c": {"method": "a"}},
            "methods.c.method: a -> b -> c -> a is a",
        ),
        ("vsait", {"vsait": {"method": "vsait"}}, "methods.vsait.method: vsait -> vsait is a circle"),
        (
            "mine",
            {"mine": {"method": "dakpn-t", "sigmastart": 1.0}},
            "methods.mine.sigmastart: no such key. Did you mean sigma_start",
        ),
        ("mine", {"mine": {"method": "vsait", "lable": "M"}}, "methods.mine.lable: no such key. Did you mean label"),
        ("mine", {"mine": {"method": "vsait", "label": ""}}, "methods.mine.label: "),
        ("dakpn-t", {"dakpn": {"grit": 1}}, "methods.dakpn.grit: no such key. Did you mean grid"),
        ("mine", {"mine": {"method": "folder"}}, "methods.mine.images: the key is missing"),
        ("oracle", {"oracle": {"method": "dakpn"}}, "methods.oracle: the name stands for the oracle"),
    ],
)
def test_what_cannot_be_resolved_names_key_and_cure(name, sections, message):
    with pytest.raises(InputError, match=message):
        resolve(name, sections, METHODS)


def test_a_base_may_lack_what_is_built_from_it_has():
    sections = {"folder": {"label": "Theirs"}, "mine": {"method": "folder", "images": "x"}}
    assert resolve("mine", sections, METHODS).settings == {"images": "x"}


class Negative(Translator):
    """All that a method without training needs."""

    label = "Negative"
    trained = optimised = False

    def translate(self, batch):
        return 1 - batch.image


def test_a_new_method_is_a_class_and_one_line():
    registry = {**METHODS, "negative": Negative, "negative-too": Preset("negative", "Again", {})}
    found = resolve("negative-too", {}, registry)
    translator = found.translator(Negative.Config(), image_size=(48, 80), low_size=(24, 40), num_classes=19)
    given = batch()
    assert found.label == "Again" and torch.equal(translator.translate(given), 1 - given.image)


def test_resolving_needs_no_torch():
    code = "import sys, dakpn.translation.instances; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
