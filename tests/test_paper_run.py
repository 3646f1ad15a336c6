"""The paper's configuration with only the four roots filled in, on small data in the exact layouts."""

import pytest
import yaml
from quirks import generate_quirky
from runs import ROOT, plan_of, planned

from baselines import METHODS
from dakpn.data import READERS
from dakpn.data.passport import issue_passport, partial_notes
from dakpn.plan.configure import configure

PAPER = ROOT / "config" / "paper.yaml"
COUNTS = {
    "gta5": {"train": 6, "val": 2, "test": 2},
    "cityscapes": {"train": 2, "val": 3},
    "facesynthetics": {"all": 4},
    "celebamask-hq": {"train": 3, "val": 2},
}
PARTS = [("source", "train"), ("target", "train"), ("target", "validation")]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The configuration file; its data lie in a folder with a blank and an umlaut in its name."""
    folder = tmp_path_factory.mktemp("Größe 1")
    content = yaml.safe_load(PAPER.read_text())
    for task in content["tasks"].values():
        for domain in ("source", "target"):
            name = task[domain]["reader"]
            generate_quirky(name, folder / name, counts=COUNTS[name], size=(32, 48), seed=4)
            task[domain]["root"] = str(folder / name)
    path = folder / "paper.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True))
    return path


@pytest.mark.slow
def test_all_and_doctor_print_the_whole_plan(filled):
    jobs = planned(filled.parent, "--", "all", "doctor", config=filled)
    expected = plan_of(filled).counts()
    assert jobs == {**expected, "data_audit": expected["passport"], "doctor": 1, "all": 1}
    assert not {"procedural_data", "procedural_pairs", "fidelity", "geometry", "shift_card"} & set(jobs)


def test_every_part_opens_and_its_size_is_noticed(filled):
    configuration = configure(yaml.safe_load(filled.read_text()), METHODS)
    for task in configuration.tasks.values():
        for domain, split in PARTS:
            section = getattr(task, domain)
            reader = READERS[section.reader](section.root, getattr(section, split))
            refused, _ = issue_passport(reader, full=False)
            assert refused["verdict"] == "error"
            allowed, _ = issue_passport(reader, full=False, allow_partial=True)
            assert allowed["verdict"] == "warning" and len(partial_notes([allowed])) == 1


def test_only_the_roots_are_left_to_fill_in():
    configuration = configure(yaml.safe_load(PAPER.read_text()), METHODS)
    roots = [getattr(task, domain).root for task in configuration.tasks.values() for domain in ("source", "target")]
    assert len(set(roots)) == 4 and None not in roots
    assert not any(
        getattr(task, domain).allow_partial for task in configuration.tasks.values() for domain in ("source", "target")
    )


def test_encoder_and_segmenters_start_from_coco_weights_as_released():
    configuration = configure(yaml.safe_load(PAPER.read_text()), METHODS)
    assert {configuration.encoder["weights"], configuration.segmenters["main"]["weights"]} == {"coco"}
