"""The short form of `make chaos`: a training that is killed twice, beside one that is left alone."""

import random

import pytest
import yaml

from benchmarks import chaos

TARGET = "results/chaos/encoder/face/source/seed0/weights.safetensors"


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_files(tmp_path):
    (tmp_path / "chaos.yaml").write_text(yaml.safe_dump({**chaos.CONFIG, "procedural": {"train": 40}}))
    chaos.disturbed(tmp_path / "alone", [TARGET], 0, random.Random())
    kills = chaos.disturbed(tmp_path / "killed", [TARGET], 2, random.Random(1), only=["encoder"])
    assert [kill.number for kill in kills] == ["SIGKILL", "SIGTERM"]
    for kill in kills:
        lost = kill.step - kill.resumed
        assert lost == 0 if kill.number == "SIGTERM" else 0 <= lost < chaos.NETWORK["iterations"]
    count, wrong = chaos.differences(tmp_path / "alone/results/chaos", tmp_path / "killed/results/chaos")
    assert count > 10 and not wrong


def test_files_that_differ_or_are_missing_are_named_and_times_are_not(tmp_path):
    for side, words in {"one": "a", "other": "b"}.items():
        for name in ("same.csv", "rows/scores.csv", "rows/costs.csv", "logs/x.log", f"{side}.png", ".hidden"):
            file = tmp_path / side / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("same" if name == "same.csv" else words)
    count, wrong = chaos.differences(tmp_path / "one", tmp_path / "other")
    assert (count, wrong) == (4, ["one.png", "other.png", "rows/scores.csv"])
