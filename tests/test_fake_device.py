"""Every method and every segmenter on a GPU that is not there, at the paper's shapes."""

from importlib.util import find_spec
from unittest import mock

import numpy as np
import pytest
import torch

from benchmarks.fake_device import Call, DeviceStall, FakeDevice
from benchmarks.iteration import computing_methods
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.views import View
from dakpn.efficiency.computation import PAPER_IMAGE_SIZE, PAPER_LOW_SIZE, PAPER_SEGMENTER, build_translator
from dakpn.model.blur import local_gaussian_blur
from dakpn.model.dakpn import DAKPN
from dakpn.segmentation.evaluation import evaluate
from dakpn.segmentation.registry import SEGMENTERS, resolve
from dakpn.segmentation.training import distorted, train_segmenter
from dakpn.training.loop import Run, train
from dakpn.translation.batch import Batch

METHODS = computing_methods()
CARD = 80 * 2**30
"""Bytes of the largest card that the documentation names."""


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    """Source and target of black images whose labels are all the first class."""
    facts = {"label_space": LABEL_SPACES["cityscapes"].to_dict(), "image_size": PAPER_IMAGE_SIZE}
    full, low = ((8, *size) for size in (PAPER_IMAGE_SIZE, PAPER_LOW_SIZE))
    arrays = dict(images=(*full, 3), low=(*low, 3), labels=full, low_labels=low)
    black = {name: np.zeros(shape, np.uint8) for name, shape in arrays.items()}
    ids = list("abcdefgh")
    return [View(tmp_path_factory.mktemp("view"), ids, **black, facts=facts | {"low_size": PAPER_LOW_SIZE})] * 2


@pytest.mark.parametrize("name", METHODS)
def test_a_method_trains_and_translates_on_one_device(name, views):
    method = METHODS[name]
    config = method.translator.Config(**method.settings)
    sizes = {"image_size": PAPER_IMAGE_SIZE, "low_size": PAPER_LOW_SIZE}
    with FakeDevice("cuda") as device:
        translator = build_translator(method.translator, config, encoder=PAPER_SEGMENTER, **sizes).to("cuda")
        if method.optimised:
            step, _ = translator.training_step(*views, seed=0, device="cuda")
            with device.without_stalls():
                # The last iteration, because some losses begin late.
                losses = step(config.iterations - 1)
            assert {loss.device.type for loss in losses.values()} == {"cuda"}
        else:
            translator.fit(*views, seed=0, device="cuda", run=Run())
        batch = Batch(("a",), *(torch.zeros(1, 3, *size, device="cuda") for size in sizes.values()))
        translated = translator.translate(batch)
        assert translated.device.type == "cuda" and translated.shape == batch.image.shape
        translator.explain(batch)
    print(f"{name}: at most {device.peak / 2**30:.1f} GiB of tensors")
    assert device.peak < CARD


def test_images_are_translated_one_after_the_other_without_a_wait():
    config, sizes = DAKPN.Config(), {"image_size": PAPER_IMAGE_SIZE, "low_size": PAPER_LOW_SIZE}
    with FakeDevice("cuda") as device:
        translator = build_translator(DAKPN, config, encoder=PAPER_SEGMENTER, **sizes).to("cuda")
        batch = Batch(("a",), *(torch.zeros(1, 3, *size, device="cuda") for size in sizes.values()))
        translator.translate(batch)
        with device.without_stalls():
            translator.translate(batch)


@pytest.mark.parametrize("name, optimiser", [("small", "adamw"), *((name, "sgd") for name in SEGMENTERS)])
def test_a_segmenter_trains_and_is_scored_on_one_device(name, optimiser, views):
    if (library := SEGMENTERS[name].library) and not find_spec(library):
        pytest.skip(f"{library} is not installed")
    options = {"flip": True, "class_weights": True, "optimiser": optimiser}
    config = resolve({"network": name, "iterations": 1, **options})

    def train(step, state, **_):
        with device.without_stalls():
            return [step(0)]

    with FakeDevice("cuda") as device, mock.patch("dakpn.segmentation.training.train", train):
        network, history = train_segmenter(config, views[0], PAPER_IMAGE_SIZE, seed=0, device="cuda", run=Run())
        store = evaluate(network, views[0], views[0].label_space, PAPER_IMAGE_SIZE, "cuda")
    print(f"{name}: at most {device.peak / 2**30:.1f} GiB of tensors")
    assert history[0].keys() >= {"out"} and len(store.ids) == len(views[0]) and device.peak < CARD


def test_a_tensor_left_on_the_cpu_is_found():
    class Forgetful(torch.nn.Linear):
        def __init__(self):
            super().__init__(4, 4)
            self.shift = torch.ones(4)

        def forward(self, x):
            return super().forward(x) + self.shift

    with FakeDevice("cuda"), pytest.raises(RuntimeError, match="cuda:0(, | and )cpu"):
        Forgetful().to("cuda")(torch.ones(2, 4, device="cuda"))


def test_photometric_distortion_stays_on_the_device():
    """torchvision sends tables for it to the device, so that its one user, a control, waits."""
    with FakeDevice("cuda"):
        assert distorted(torch.zeros(4, 3, 40, 60, device="cuda"), 0, 0).device.type == "cuda"


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.sum().item(),
        lambda x: bool(x.sum() > 0),
        lambda x: x.cpu(),
        lambda x: x[x > 0],
        lambda x: x[torch.tensor([0, 2])],
        lambda x: x + torch.ones(3).to("cuda"),
        lambda x: torch.ones(3).to("cuda", non_blocking=True) + x,
    ],
)
def test_a_line_that_waits_for_the_device_is_named(call):
    with FakeDevice("cuda") as device:
        x = torch.ones(3, device="cuda")
        call(x)
        with device.without_stalls(), pytest.raises(DeviceStall, match=r"tests/test_fake_device.py:\d+: .* lambda x"):
            call(x)


def test_losses_leave_the_device_once_a_row():
    with FakeDevice("cuda") as device:

        def step(i):
            return {"one": torch.zeros((), device="cuda"), "two": torch.ones((), device="cuda")}

        with device.without_stalls(), pytest.raises(DeviceStall, match=r"loop.py:\d+: .*tolist"):
            train(step, {}, iterations=3, seed=0, run=Run(log_every=3))
        assert train(step, {}, iterations=3, seed=0, run=Run(log_every=3)) == [{"step": 3, "one": 0.0, "two": 0.0}]


def test_memory_is_what_lives_at_once():
    with FakeDevice("cuda") as device:
        kept = torch.zeros(1000, device="cuda")
        for _ in range(3):
            kept = kept.view(10, 100) + 1
        assert (device.live, device.peak) == (4000, 8000)
        image = torch.zeros(1, 1, 10, 10, device="cuda")
        layer = torch.nn.Conv2d(1, 1, 3, padding=1, bias=False).to("cuda")
        layer(image).sum().backward()
        assert layer.weight.grad.device.type == "cuda"
        # `kept`, the image, weights and their gradient.
        assert device.live == 4000 + 400 + 2 * 36


def test_gradients_of_the_blur_need_no_other_device():
    gpu = pytest.importorskip("dakpn.model.blur.gpu", reason="no triton")
    with FakeDevice("cuda"):
        image, sigma, grad = (torch.rand(6, 20, 30, device="cuda") for _ in range(3))
        for of_image, of_sigma in ((True, True), (True, False), (False, True)):
            grads = gpu.backward(image, sigma, grad, 12, of_image, of_sigma)
            assert [one is not None for one in grads] == [of_image, of_sigma]
            assert all(one.device.type == "cuda" and one.shape == image.shape for one in grads if one is not None)


def test_the_blur_without_triton_needs_no_other_device():
    with FakeDevice("cuda"), mock.patch("dakpn.model.blur.function.find_spec", return_value=None):
        image = torch.rand(1, 3, 40, 40, device="cuda")
        assert local_gaussian_blur(image, image).device.type == "cuda"


def test_operations_and_bytes_are_counted():
    with FakeDevice("meta") as device:
        image = torch.zeros(1, 3, 10, 10, device="meta", requires_grad=True)
        weight = torch.zeros(4, 3, 3, 3, device="meta", requires_grad=True)
        device.calls.clear()
        out = torch.nn.functional.conv2d(image, weight, padding=1)
        (forward,) = device.calls
        assert forward == Call(2 * 27 * 400, 0, 4 * (300 + 108 + 400))
        out.view(400).sum().backward()
        assert sum(call.convolved for call in device.calls) == 3 * forward.convolved
        assert image.grad.shape == image.shape and device.calls[1].moved == 4 * 401
