"""Methods and segmenters on a real GPU, small; `make gpu-check` runs all tests that need one, without Snakemake."""

from importlib.util import find_spec

import pytest
import tiny_views
import torch
from tiny_methods import IDS, IMAGE, LOW_RES, Views, batch, build

from baselines import METHODS
from dakpn.data.views import View
from dakpn.segmentation.evaluation import evaluate
from dakpn.segmentation.registry import SEGMENTERS, resolve
from dakpn.segmentation.training import train_segmenter
from dakpn.training.loop import Run

pytestmark = pytest.mark.gpu


@pytest.fixture
def no_waiting():
    """Raises where the CPU waits for the GPU."""
    yield lambda: torch.cuda.set_sync_debug_mode("error")
    torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("name", [name for name in METHODS if name != "folder"])
def test_a_method_trains_without_waiting(name, no_waiting):
    translator = build(name)
    if not translator.optimised:
        pytest.skip("it has no steps")
    translator.to("cuda")
    step, _ = translator.training_step(Views(1), Views(2), seed=0, device="cuda")
    step(0)
    no_waiting()
    losses = step(1)
    torch.cuda.set_sync_debug_mode("default")
    assert all(loss.isfinite() for loss in losses.values())


@pytest.mark.parametrize("name", [name for name in METHODS if name != "folder"])
def test_a_translation_is_that_of_the_cpu(name, tmp_path):
    translator = build(name)
    if translator.trained:
        translator.fit(Views(1), Views(2), seed=0, device="cuda", run=Run(log_every=1))
        translator.export(tmp_path / "weights.safetensors")
    given = batch(len(IDS))
    there = translator.translate(type(given)(given.ids, given.image.cuda(), given.low_res.cuda()))
    here = build(name).load(tmp_path / "weights.safetensors") if translator.trained else translator
    # Convolutions on a GPU round to 10 bits of the mantissa.
    assert (there.cpu() - here.translate(given)).abs().mean() < 5e-3


@pytest.mark.parametrize("name", SEGMENTERS)
def test_a_segmenter_trains_and_is_scored(name, tmp_path):
    if (library := SEGMENTERS[name].library) and not find_spec(library):
        pytest.skip(f"{library} is not installed")
    view = View.open(tiny_views.write(tmp_path / "view", list("abcd"), size=IMAGE, low=LOW_RES))
    config = resolve({"network": name, "iterations": 2, "batch": 2, "flip": True, "photometric": True})
    network, history = train_segmenter(config, view, IMAGE, seed=0, device="cuda", run=Run(log_every=1))
    assert len(history) == 2 and evaluate(network, view, view.label_space, IMAGE, "cuda").counts.sum() > 0
