"""The paper's configuration and its cut for a day, with only the four roots filled in, on small data in the exact
layouts; the code path of the day's run from these data to its tables.
"""

import pandas as pd
import pytest
import yaml
from quirks import generate_quirky
from runs import ROOT, plan_of, planned, snakemake

from baselines import METHODS
from dakpn.config.inheritance import inherit, merge
from dakpn.data import READERS
from dakpn.data.passport import issue_passport, partial_notes
from dakpn.plan import plan
from dakpn.plan.configure import SHIPPED, configure
from dakpn.plan.cuts import LENGTHS

NAMES = ("paper", "day")
COUNTS = {
    "gta5": {"train": 6, "val": 2, "test": 2},
    "cityscapes": {"train": 2, "val": 3},
    "facesynthetics": {"all": 4},
    "celebamask-hq": {"train": 3, "val": 2},
}
PARTS = [("source", "train"), ("target", "train"), ("target", "validation")]


def content_of(name):
    return inherit(yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text()), SHIPPED)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The configuration files by name; their data lie in a folder with a blank and an umlaut in its name."""
    folder, paths = tmp_path_factory.mktemp("Größe 1"), {}
    for reader, counts in COUNTS.items():
        generate_quirky(reader, folder / reader, counts=counts, size=(32, 48), seed=4)
    for name in NAMES:
        content = content_of(name)
        for task in content["tasks"].values():
            for domain in ("source", "target"):
                task[domain]["root"] = str(folder / task[domain]["reader"])
        paths[name] = folder / f"{name}.yaml"
        paths[name].write_text(yaml.safe_dump(content, allow_unicode=True))
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_all_and_doctor_print_the_whole_plan(filled, name):
    jobs = planned(filled[name].parent, "--", "all", "doctor", config=filled[name])
    expected = plan_of(filled[name]).counts()
    assert jobs == {**expected, "data_audit": expected["passport"], "doctor": 1, "all": 1}
    assert not {"procedural_data", "procedural_pairs", "fidelity", "geometry", "shift_card"} & set(jobs)


def test_every_part_opens_and_its_size_is_noticed(filled):
    configuration = configure(yaml.safe_load(filled["paper"].read_text()), METHODS)
    for task in configuration.tasks.values():
        for domain, split in PARTS:
            section = getattr(task, domain)
            reader = READERS[section.reader](section.root, getattr(section, split))
            refused, _ = issue_passport(reader, full=False)
            assert refused["verdict"] == "error"
            allowed, _ = issue_passport(reader, full=False, allow_partial=True)
            assert allowed["verdict"] == "warning" and len(partial_notes([allowed])) == 1


@pytest.mark.parametrize("name", NAMES)
def test_only_the_roots_are_left_to_fill_in(name):
    configuration = configure(content_of(name), METHODS)
    sections = [getattr(task, domain) for task in configuration.tasks.values() for domain in ("source", "target")]
    roots = [section.root for section in sections]
    assert len(set(roots)) == 4 and None not in roots
    assert not any(section.allow_partial for section in sections)


def test_encoder_and_segmenters_start_from_coco_weights_as_released():
    configuration = configure(content_of("paper"), METHODS)
    assert {configuration.encoder["weights"], configuration.segmenters["main"]["weights"]} == {"coco"}


def test_the_day_follows_its_written_rule():
    day, paper = (configure(content_of(name), METHODS) for name in NAMES[::-1])
    pairs = [(of.settings, paper.instances[name].settings) for name, of in day.instances.items()]
    pairs.append((day.segmenter_sections["main"], paper.segmenter_sections["main"]))
    lengths = [(own[key], full[key]) for own, full in pairs for key in LENGTHS if key in own]
    assert len(lengths) == len([*filter(lambda of: of.optimised, day.instances.values())]) + 2
    assert {own for own, full in lengths} == {round(full / 50) for own, full in lengths}
    assert 10 * day.encoder["iterations"] == paper.encoder["iterations"]
    kept = [{key: value for key, value in own.items() if key not in (*LENGTHS, "crop")} for own, _ in pairs]
    assert kept == [{key: full[key] for key in own} for own, (_, full) in zip(kept, pairs, strict=True)]
    for name, task in day.tasks.items():
        assert [2 * side for side in task.image_size] == [*paper.tasks[name].image_size]


@pytest.mark.parametrize("name", NAMES)
def test_every_cut_is_said_and_nothing_else(name):
    run = plan(configure(merge(content_of(name), {"run": "other", "seeds": [0, 1]}), METHODS))
    said = {table.name: " ".join(table.settings(run)["cuts"]) for table in run.tables}
    if name == "paper":
        assert not any(said.values())
        return
    assert all("image size" in text for text in said.values()) and set(said) == {f"table{n}" for n in range(1, 7)}
    for number in (1, 3, 4, 5):
        for label, iterations in [("segmenters", "3,120 instead of 156,000 (2 %)"), ("CycleGAN", "9,986")]:
            assert f"{label}: iterations {iterations}" in said[f"table{number}"]
    assert "segmenters" not in said["table2"] and "CycleGAN" not in said["table6"]
    for number in (4, 5):
        assert "target limit 3,000 instead of none" in said[f"table{number}"]


TINY = {"network": "small", "width": 4, "weights": None, "iterations": 2, "batch": 2}
BUDGETS = {
    "device": "cpu",
    "seeds": [0, 1],
    "compare": ["identity", "cyclegan", "dakpn-t"],
    "tasks": {
        "street": {
            "image_size": [48, 80],
            "low_size": [24, 40],
            "resolutions": [[48, 48], [48, 80]],
            "ablations": ["dakpn-t-no-blur"],
        },
        "face": {"image_size": [48, 48], "low_size": [24, 24], "resolutions": [[48, 48]]},
    },
    "encoder": TINY,
    "segmenters": {"main": TINY},
    "methods": {
        "dakpn": {"iterations": 2, "batch": 2, "grid": 2, "discriminator_width": 4},
        "cyclegan": {"iterations": 2, "batch": 2, "crop": 24, "width": 4, "blocks": 1, "discriminator_width": 4},
    },
    "timing": {"inference_size": [48, 80], "inference_widths": "run", "repeats": 1, "warmup": 0},
    "report": {"samples": 2},
}
"""Instead of the day's: so little that every job takes a moment; the workflow's own time is left."""


@pytest.mark.slow
def test_the_code_path_of_the_day_leads_from_real_layouts_to_every_table(filled, tmp_path):
    content = merge(yaml.safe_load(filled["day"].read_text()), BUDGETS)
    for task in content["tasks"].values():
        for domain in ("source", "target"):
            task[domain] |= {"allow_partial": True, "limit": 3}
    config = tmp_path / "day.yaml"
    config.write_text(yaml.safe_dump(content, allow_unicode=True))
    snakemake(tmp_path, "all", config=config)
    tables = tmp_path / "results/day/tables"
    for number in range(1, 7):
        rows = pd.read_csv(tables / f"table{number}.csv").query("source == 'measured' and seeds > 0")
        assert len(rows) and (number == 2 or set(rows["seeds"]) == {2})
        text = (tables / f"table{number}.md").read_text()
        assert "Not as in config/paper.yaml, data: image size 48x" in text and "Partial data" in text
    rerun = planned(tmp_path, "all", config=config)
    assert rerun == {}
