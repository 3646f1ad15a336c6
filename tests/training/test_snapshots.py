"""Snapshots of one long training are the weights of shorter ones, whether or not it was killed on the way."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from tiny_methods import Views, batch, build

from dakpn.errors import InputError
from dakpn.training.loop import Run
from dakpn.training.snapshots import Snapshots

WANTED = (1, 2, 3, 5)


RUN = Run(log_every=2)


def fit(name, run=RUN, *, iterations=5, killed_at=None, **changes):
    """Snapshots where `run.snapshots` is (), a trained translator, its history; killed_at: the step that raises."""
    translator = build(name, iterations=iterations, **changes)
    training_step = translator.training_step

    def dying(*given, **options):
        step, state = training_step(*given, **options)

        def die(i):
            if i == killed_at:
                raise KeyboardInterrupt
            return step(i)

        return die, state

    translator.training_step = dying
    if run.snapshots == ():
        run = replace(run, snapshots=Snapshots(translator.inference_networks(), WANTED))
    return run.snapshots, translator, translator.fit(Views(1), Views(2), seed=0, device="cpu", run=run)


def exported(path, snapshots):
    snapshots.export(path)
    return load_file(path)


@pytest.mark.parametrize(
    "name, changes",
    [
        ("dakpn-s", {}),
        ("dakpn-s", {"update": "alternating"}),
        ("dakpn-s-released", {}),
        ("dakpn-global", {}),
        ("vsait", {}),
        ("cyclegan", {}),
    ],
)
def test_a_snapshot_is_the_translator_of_a_shorter_training(tmp_path, name, changes):
    """Of CycleGAN only the last is: its learning rate falls with the share of the iterations that are done."""
    snapshots, longest, history = fit(name, replace(RUN, snapshots=()), **changes)
    found = exported(tmp_path / "all", snapshots)
    assert {key.partition("/")[0] for key in found} == set(map(str, WANTED)) and list(snapshots.seconds) == [*WANTED]
    for done in WANTED:
        _, plain, short = fit(name, iterations=done, **changes)
        plain.export(tmp_path / "plain")
        weights = load_file(tmp_path / "plain")
        same = [torch.equal(found[f"{done}/{key}"], value) for key, value in weights.items()]
        assert all(same) == (name != "cyclegan" or done == 5)
        if done == 5:
            assert short == history
    given, before = batch(2), longest.translate(batch(2))
    assert not torch.equal(longest.load(tmp_path / "all", 1).translate(given), before)
    assert torch.equal(longest.load(tmp_path / "all", 5).translate(given), plain.translate(given))
    with pytest.raises(InputError, match="weights do not fit"):
        longest.load(tmp_path / "all", 4)


@pytest.mark.parametrize("killed_at", [1, 3, 4])
def test_a_killed_training_has_the_same_snapshots(tmp_path, killed_at):
    whole, _, history = fit("dakpn-s", replace(RUN, snapshots=()))
    run = Run(tmp_path / "rolling.pt", "same", log_every=2, checkpoint_seconds=0, snapshots=())
    with pytest.raises(KeyboardInterrupt):
        fit("dakpn-s", run, killed_at=killed_at)
    assert run.checkpoint.exists()
    resumed, _, again = fit("dakpn-s", run)
    expected, found = (exported(tmp_path / "weights", one) for one in (whole, resumed))
    assert expected.keys() == found.keys() and all(torch.equal(found[key], expected[key]) for key in expected)
    assert again == history
    assert sorted(resumed.seconds.values()) == list(resumed.seconds.values())
