"""The ledger of choices agrees with the code it speaks of, and no key that changes a result goes without an entry."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from baselines import METHODS
from dakpn.config.models import Configuration, Task
from dakpn.data import READERS
from dakpn.evaluation.protocols import PROTOCOLS
from dakpn.segmentation import SEGMENTERS
from dakpn.translation.instances import Preset

ROOT = Path(__file__).parents[1]
LEDGER = yaml.safe_load((ROOT / "paper" / "decisions.yaml").read_text())
IDS = [entry["id"] for entry in LEDGER["decisions"]]
NETWORKS = ("encoder", "segmenters.<segmenter>")
# Keys that change where a run computes or what it shows beside its numbers; of a source no validation split is read.
# Switches of the sensitivity table change other keys, each of which has its own entry.
NEUTRAL = {
    "run",
    "device",
    "report.samples",
    "verify",
    "sensitivity",
    "views.shards",
    "translation.shards",
    "evaluation.shards",
    "report.sensitivity",
    "report.trajectory",
    "compare",
    "tasks.<task>.segmenters",
    "encoder.label",
    "segmenters.<segmenter>.label",
    "methods.folder.images",
    "tasks.<task>.stands_for",
    "tasks.<task>.source.validation",
    *(f"tasks.<task>.{side}.{key}" for side in ("source", "target") for key in ("allow_partial", "manifest")),
}


def test_protocols_are_the_codes():
    found = {name: {"absent": p.absent, "classes": p.classes, "average": p.average} for name, p in PROTOCOLS.items()}
    assert found == LEDGER["protocols"]


def keys_of(model, prefix=""):
    """All keys of a configuration model, with the names of tasks replaced by <task>."""
    for name, field in model.model_fields.items():
        if name == "tasks":
            yield from keys_of(Task, "tasks.<task>.")
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys_of(field.annotation, f"{prefix}{name}.")
        elif name == "options":
            # Readers have the same options on either side of a task.
            yield from (f"tasks.<task>.<side>.options.{key}" for reader in READERS.values() for key in reader.choices)
        elif prefix or name not in {"methods", "encoder", "segmenters"}:
            yield prefix + name


def all_keys():
    """Keys of the configuration, of segmenters and of every class of methods."""
    classes = {name: method for name, method in METHODS.items() if not isinstance(method, Preset)}
    methods = {f"methods.{name}.{key}" for name, method in classes.items() for key in method.Config.model_fields}
    networks = {
        f"{section}.{key}" for section in NETWORKS for entry in SEGMENTERS.values() for key in keys_of(entry.Config)
    }
    return set(keys_of(Configuration)) | networks | methods


def switches(entry):
    return [switch.strip() for switch in (entry["switch"] or "").split(",") if switch.strip()]


def test_every_key_that_changes_a_result_has_an_entry():
    covered = {switch for entry in LEDGER["decisions"] for switch in switches(entry)}
    assert sorted(all_keys() - NEUTRAL - covered) == []


def test_the_ledger_holds_each_topic_once_and_about_sixty():
    topics = [entry["topic"] for entry in LEDGER["decisions"]]
    assert len(set(topics)) == len(topics) >= 60


def test_ids_are_unique_and_kebab_case():
    assert len(set(IDS)) == len(IDS)
    assert [name for name in IDS if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def shipped_texts():
    """(path, text) of everything that may refer to a decision, with line breaks and comment signs taken out."""
    for folder in ("dakpn", "baselines", "workflow", "config", "paper", "docs"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".smk", ".c", ".yaml", ".md"} and path != ROOT / "paper" / "decisions.yaml":
                yield path, re.sub(r"\s*\n[\s#*]*", " ", path.read_text(encoding="utf-8"))


def test_every_mentioned_decision_exists():
    mentioned = {
        (name, path.relative_to(ROOT).as_posix())
        for path, text in shipped_texts()
        for name in re.findall(r"\b[Dd]ecision ([a-z0-9-]+)", text)
    }
    assert sorted(pair for pair in mentioned if pair[0] not in IDS) == []
    assert len({name for name, _ in mentioned}) >= 20


def test_choices_are_named_by_id():
    assert [path for path, text in shipped_texts() if re.search(r"declared choice", text, re.IGNORECASE)] == []


@pytest.mark.parametrize("entry", LEDGER["decisions"], ids=IDS)
def test_entry_is_whole_and_its_switch_exists(entry):
    assert set(entry) <= {"id", "topic", "paper", "released", "place", "here", "switch", "not_here"}
    assert all(isinstance(entry[name], str) and entry[name] for name in ("id", "topic", "paper", "released", "here"))
    assert ("not_here" in entry) == (entry["switch"] is None)
    for switch in switches(entry):
        assert switch in all_keys()
