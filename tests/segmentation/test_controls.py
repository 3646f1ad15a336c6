"""Controls that change a segmenter's training and not the images: photometric distortion, statistics of the target."""

import pytest
import torch
from tiny_views import write
from torch import nn

from baselines import METHODS
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.plan import Score, Segmenter, plan
from dakpn.plan import View as ViewNode
from dakpn.plan.configure import configure
from dakpn.segmentation import training
from dakpn.segmentation.networks import SegmentationNetwork, build_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.training import adapt_statistics, distorted, train_segmenter
from dakpn.training.loop import Run

SETTINGS = {"network": "small", "width": 2, "iterations": 3, "batch": 2}


@pytest.fixture
def view(tmp_path):
    return View.open(write(tmp_path / "view", [f"{i}" for i in range(11)], size=(16, 24), low=(8, 12)) / "view.json")


def test_distortion_depends_on_seed_and_step_alone_and_differs_between_images():
    image = torch.rand(1, 3, 8, 8).repeat(6, 1, 1, 1)
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first = distorted(image, 3, 5)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(7)
    assert torch.equal(distorted(image, 3, 5), first)
    assert not torch.equal(distorted(image, 3, 6), first) and not torch.equal(distorted(image, 4, 5), first)
    assert first.shape == image.shape and first.min() >= 0 and first.max() <= 1
    assert len({one.numpy().tobytes() for one in first}) > 3


def test_distortion_leaves_order_and_flips_as_they_are(view, monkeypatch):
    """Paired with every other method: the images before the distortion are the same ones, flipped alike."""
    plain, before = [], []
    forward = SegmentationNetwork.forward
    with monkeypatch.context() as patch:
        patch.setattr(SegmentationNetwork, "forward", lambda self, image: plain.append(image) or forward(self, image))
        train_segmenter(resolve({**SETTINGS, "flip": True}), view, (16, 24), seed=1, device="cpu", run=Run())
    monkeypatch.setattr(training, "distorted", lambda image, seed, step: before.append(image) or image / 2)
    config = resolve({**SETTINGS, "flip": True, "photometric": True})
    train_segmenter(config, view, (16, 24), seed=1, device="cpu", run=Run())
    assert len(plain) == len(before) == 3
    assert all(torch.equal(a, b) for a, b in zip(plain, before, strict=True))


def test_statistics_are_the_averages_of_the_targets_batches(view):
    torch.manual_seed(0)
    network = build_segmenter(resolve(SETTINGS), len(view.classes))
    convolution, norm = network.body.stem[0]
    weights = {name: value.clone() for name, value in network.named_parameters()}
    adapt_statistics(network, view, (16, 24), "cpu")
    images = torch.from_numpy(view.images.copy()).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        features = [convolution((part - network.mean) / network.std) for part in (images[:8], images[8:])]
    mean = torch.stack([part.mean((0, 2, 3)) for part in features]).mean(0)
    variance = torch.stack([part.var((0, 2, 3)) for part in features]).mean(0)
    torch.testing.assert_close(norm.running_mean, mean)
    torch.testing.assert_close(norm.running_var, variance)
    assert not network.training and all(torch.equal(weights[n], v) for n, v in network.named_parameters())


def test_a_network_without_batch_normalisation_is_refused(view):
    with pytest.raises(InputError, match="no batch normalisation"):
        adapt_statistics(nn.Sequential(nn.Conv2d(3, 3, 1)), view, (16, 24), "cpu")


def test_the_plan_trains_them_on_the_source_and_scores_no_translations():
    run = plan(configure({"extends": "smoke", "run": "controls"}, METHODS))
    augmented, adapted = (Segmenter("face", name, "48x48", "main", 0) for name in ("photometric", "target-statistics"))
    source = Segmenter("face", "identity", "48x48", "main", 0)
    assert {augmented, adapted, source} <= set(run.jobs)
    sections = [node.settings(run)["section"] for node in (source, augmented, adapted)]
    assert sections[1] == {**sections[0], "photometric": True} and not sections[0]["photometric"]
    assert sections[2] == {**sections[0], "statistics": "target"} and sections[0]["statistics"] == "training"
    target = ViewNode("face", "target-train").file("view")
    assert adapted.needs(run)["target"] == target and "target" not in augmented.needs(run)
    scored = {node.method for node in run.jobs if isinstance(node, Score) and node.kind == "fcn_score"}
    assert scored and not scored & {"photometric", "target-statistics"}


def test_an_encoder_keeps_the_statistics_of_its_domain():
    with pytest.raises(InputError, match="encoder.statistics: an encoder keeps"):
        configure({"extends": "smoke", "run": "mine", "encoder": {"statistics": "target"}}, METHODS)


@pytest.mark.parametrize(
    "segmenter, message",
    [
        ({"photometic": True}, "methods.mine.segmenter.photometic: no such key. Did you mean photometric"),
        ({"statistics": "mine"}, "methods.mine.segmenter.statistics"),
    ],
)
def test_a_mistake_in_what_a_method_changes_is_named(segmenter, message):
    mine = {"method": "identity", "label": "Mine", "segmenter": segmenter}
    with pytest.raises(InputError, match=message):
        configure({"extends": "smoke", "run": "mine", "methods": {"mine": mine}}, METHODS)
