"""The short form of `make chaos`: a training that is killed twice, beside one that is left alone."""

import random

import pytest
import yaml
from runs import plan_of

from benchmarks import chaos
from dakpn.data.views import View
from dakpn.files import write_rows
from dakpn.plan import Encoder
from dakpn.segmentation.networks import save_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.training import train_segmenter
from dakpn.training.loop import Run

ENCODER = Encoder("face", "source", 0)


@pytest.mark.slow
def test_a_training_killed_twice_ends_as_one_that_is_left_alone(tmp_path):
    """The latter in this process, without files of its own."""
    config = tmp_path / "chaos.yaml"
    config.write_text(yaml.safe_dump({**chaos.CONFIG, "procedural": {"train": 40}}))
    plan = plan_of(config)
    folder, weights = tmp_path / "killed", plan.path(ENCODER.file("weights"))
    kills = chaos.disturbed(folder, [weights], 2, random.Random(1), only=["encoder"])
    assert len(kills) == 2
    for kill in kills:
        lost = kill.step - kill.resumed
        assert lost == 0 if kill.number != "SIGKILL" else 0 <= lost < chaos.NETWORK["iterations"]

    settings, view = ENCODER.settings(plan), View.open(folder / plan.path(ENCODER.needs(plan)["view"]))
    about = {"seed": settings["seed"], "device": "cpu", "run": Run(log_every=20)}
    network, history = train_segmenter(resolve(settings["section"]), view, tuple(settings["resolution"]), **about)
    save_segmenter(network, tmp_path / "alone.safetensors")
    write_rows(tmp_path / "alone.csv", history)
    assert (tmp_path / "alone.safetensors").read_bytes() == (folder / weights).read_bytes()
    assert (tmp_path / "alone.csv").read_bytes() == (folder / plan.path(ENCODER.file("history"))).read_bytes()


def test_files_that_differ_or_are_missing_are_named_and_times_are_not(tmp_path):
    for side, words in {"one": "a", "other": "b"}.items():
        for name in ("same.csv", "rows/scores.csv", "rows/costs.csv", "logs/x.log", f"{side}.png", ".hidden"):
            file = tmp_path / side / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("same" if name == "same.csv" else words)
    count, wrong = chaos.differences(tmp_path / "one", tmp_path / "other")
    assert (count, wrong) == (4, ["one.png", "other.png", "rows/scores.csv"])
