"""Two ranks on a CPU do what one process does with the whole batch."""

import signal

import pytest
import tiny_methods
import tiny_views
import torch
from safetensors.torch import load_file

from dakpn.segmentation.networks import build_segmenter, save_segmenter
from dakpn.training import ranks
from dakpn.training.loop import Run
from workflow import methods, networks

CPU = torch.device("cpu")
NETWORK = {"network": "small", "width": 4, "iterations": 10, "batch": 4, "class_weights": True, "flip": True}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("views")
    sizes = {"size": tiny_methods.IMAGE, "low": tiny_methods.LOW_RES, "steps": 256}
    paths = {
        name: str(tiny_views.write(folder / name, "abcdefg", **sizes) / "view.json") for name in ("source", "target")
    }
    torch.manual_seed(0)
    save_segmenter(build_segmenter(tiny_methods.ENCODER, 19), folder / "encoder.safetensors")
    return {**paths, "view": paths["source"], "encoder": str(folder / "encoder.safetensors")}


def translator(method, files, **settings):
    """A training by `launch`: what it is called with but for its weights' file."""
    settings = {**tiny_methods.SECTIONS[method], "iterations": 10, "batch": 4, **settings}
    built = {"method": method, "settings": settings, "image_size": tiny_methods.IMAGE, "low_size": tiny_methods.LOW_RES}
    built["encoder"] = tiny_methods.ENCODER.model_dump() if method == "dakpn" else None
    return methods.fit, built, files if built["encoder"] else {**files, "encoder": ""}, 0


def segmenter(files):
    return networks.fit, {"section": NETWORK, "resolution": tiny_methods.LOW_RES, "seed": 0}, files


def trained(about, count, folder, run=None):
    """Weights and history of a training by `count` ranks."""
    weights = folder / f"{count}.safetensors"
    history = ranks.launch([CPU] * count, *about, run or Run(log_every=1), str(weights))
    return load_file(weights), history[0] if isinstance(history, tuple) else history


@pytest.mark.parametrize("name", ["dakpn", "cyclegan", "segmenter"])
def test_two_ranks_train_as_one_process_does(name, files, tmp_path):
    about = segmenter(files) if name == "segmenter" else translator(name, files)
    (one, rows), (two, shared) = (trained(about, count, tmp_path) for count in (1, 2))
    for parameter, value in one.items():
        if name == "cyclegan" and parameter.endswith("bias") and value.shape != (3,):
            # Instance normalisation takes it away again: its gradient is rounding, which Adam turns into whole steps.
            continue
        torch.testing.assert_close(two[parameter], value, atol=1e-5, rtol=0)
    assert len(rows) == len(shared) == 10
    for expected, row in zip(rows, shared, strict=True):
        assert row == pytest.approx(expected, abs=1e-4, rel=1e-4)


def test_half_of_a_batch_alone_would_train_something_else(files, tmp_path, monkeypatch):
    whole, _ = trained(segmenter(files), 1, tmp_path)
    monkeypatch.setattr(ranks, "rows", lambda batch: batch[:2])
    half, _ = trained(segmenter(files), 1, tmp_path)
    assert max(float((whole[name] - half[name]).abs().max()) for name in whole) > 1e-3


def _draw_and_stop(path, *, device):
    """A rank that is asked to stop after three steps, by a signal to the second alone."""
    parameter = torch.nn.Parameter(torch.zeros(()))
    optimiser = torch.optim.SGD([parameter], lr=1.0)

    def step(i):
        if i == 2 and not ranks.is_first():
            signal.raise_signal(signal.SIGTERM)
        parameter.grad = torch.tensor(float(not ranks.is_first()))
        optimiser.step()
        return {"loss": parameter.detach().clone()}

    from dakpn.training.loop import train

    train(step, {"optimiser": optimiser}, iterations=10**9, seed=0, run=Run(path, "same", checkpoint_seconds=1e9))


def test_ranks_stop_at_the_same_step_whoever_is_asked(tmp_path):
    path = tmp_path / "checkpoint.pt"
    with pytest.raises(SystemExit) as stopped:
        ranks.launch([CPU] * 2, _draw_and_stop, path)
    assert stopped.value.code == 143
    saved = torch.load(path, weights_only=True)
    # The mean of the gradients 0 and 1 was taken in each of three steps: parameter -0.5, -1, -1.5.
    assert saved["step"] == 3 and float(saved["sums"]) == pytest.approx(-0.5 - 1 - 1.5)
