"""What every entry of METHODS must do, whatever it is."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.segmentation.networks import build_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.training.loop import Run

IMAGE, LOW = (48, 80), (24, 40)
SECTIONS = yaml.safe_load(open("config/smoke.yaml", encoding="utf-8"))["methods"]


class Views(SimpleNamespace):
    """Stands in for a view: what training reads of one."""

    def __init__(self, seed):
        random = np.random.default_rng(seed)
        super().__init__(
            images=random.integers(0, 256, (6, *IMAGE, 3), dtype=np.uint8),
            low=random.integers(0, 256, (6, *LOW, 3), dtype=np.uint8),
        )

    def __len__(self):
        return len(self.images)


def build(name, seed=0):
    torch.manual_seed(seed)
    method = METHODS[name]
    small = resolve({"network": "small", "width": 4, "iterations": 1})
    encoder = build_segmenter(small, 19).eval() if method.encoder else None
    section = method.Config(**SECTIONS[name])
    return method(section, image_size=IMAGE, low_size=LOW, num_classes=19, encoder=encoder)


def fitted(name, seed=0):
    translator = build(name, seed)
    history = (
        translator.fit(Views(1), Views(2), seed=seed, device="cpu", run=Run(log_every=1)) if translator.trained else []
    )
    return translator, history


@pytest.fixture(params=list(METHODS))
def name(request):
    return request.param


def test_translation_keeps_shape_and_range(name):
    translator = build(name)
    image = torch.rand(2, 3, *IMAGE)
    for low in (None, torch.rand(2, 3, *LOW)):
        translated = translator.translate(image, low=low)
        assert translated.shape == image.shape and translated.dtype == image.dtype
        assert 0 <= translated.min() and translated.max() <= 1
        assert not translated.requires_grad


def test_batched_equals_single(name):
    translator, _ = fitted(name)
    image, low = torch.rand(3, 3, *IMAGE), torch.rand(3, 3, *LOW)
    single = [translator.translate(image[i : i + 1], low=low[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(translator.translate(image, low=low), torch.cat(single), rtol=1e-4, atol=1e-4)


def test_training_changes_the_translation_and_repeats_exactly(name):
    if not METHODS[name].trained:
        pytest.skip("nothing to train")
    image, low = torch.rand(1, 3, *IMAGE), torch.rand(1, 3, *LOW)
    before = build(name).translate(image, low=low)
    (first, history), (second, again) = fitted(name), fitted(name)
    assert history == again and len(history) == SECTIONS[name].get("iterations", 0)
    assert METHODS[name].optimised == bool(history)
    assert torch.equal(first.translate(image, low=low), second.translate(image, low=low))
    assert not torch.equal(first.translate(image, low=low), before)


def test_export_and_load_give_the_same_translation(name, tmp_path):
    translator, _ = fitted(name)
    translator.export(tmp_path / "weights.safetensors")
    loaded = build(name, seed=5).load(tmp_path / "weights.safetensors")
    image, low = torch.rand(1, 3, *IMAGE), torch.rand(1, 3, *LOW)
    assert torch.equal(loaded.translate(image, low=low), translator.translate(image, low=low))


def test_the_low_image_counts_where_the_method_says_so(name):
    translator = build(name)
    networks = translator.inference_networks()
    if "kpn" in networks and METHODS[name].encoder:
        torch.nn.init.normal_(networks["kpn"].predict.weight, std=0.5)
    image, low = torch.rand(1, 3, *IMAGE), torch.rand(1, 3, *LOW)
    same = torch.equal(translator.translate(image, low=low), translator.translate(image, low=1 - low))
    assert same != METHODS[name].uses_low


def test_counts_are_ordered_and_names_agree(name):
    translator = build(name)
    counts = translator.parameter_counts()
    assert counts["trainable"] <= counts["training"] and counts["inference"] <= counts["training"]
    assert translator.name == name and translator.label


def test_unknown_keys_of_a_section_are_refused(name):
    with pytest.raises(ValueError, match="no_such_key"):
        METHODS[name].Config(no_such_key=1)


def test_weights_of_another_shape_are_named(name, tmp_path):
    if not METHODS[name].trained:
        pytest.skip("no weights")
    translator = build(name)
    translator.export(tmp_path / "weights.safetensors")
    for network in translator.inference_networks().values():
        for parameter in list(network.parameters())[:1]:
            parameter.data = torch.zeros(1, 2, 3)
    with pytest.raises(InputError, match="weights.safetensors"):
        translator.load(tmp_path / "weights.safetensors")


@pytest.mark.parametrize(
    "name, trainable, training, inference",
    [
        ("identity", 0, 0, 0),
        ("colour-transfer", 0, 6, 6),
        ("histogram-matching", 0, 768, 768),
        ("fda", 0, 3 * 73 * 65, 3 * 73 * 65),
        ("dakpn-global", 2_765_645, 2_765_645, 12),
        ("cyclegan", 28_285_832, 28_285_832, 11_378_179),
        ("vsait", 50_186_756, 65_491_524, 11_378_179),
        ("dakpn-s", 2_765_873, 35_721_860, 32_956_227),
        ("dakpn-t", 2_765_873, 35_721_860, 32_956_227),
    ],
)
def test_parameters_at_the_papers_widths(name, trainable, training, inference):
    method = METHODS[name]
    with torch.device("meta"):
        encoder = build_segmenter(resolve({"network": "fcn_resnet50", "iterations": 1}), 19) if method.encoder else None
        translator = method(
            method.Config(), image_size=(720, 1280), low_size=(96, 160), num_classes=19, encoder=encoder
        )
    counts = translator.parameter_counts()
    assert (counts["trainable"], counts["training"], counts["inference"]) == (trainable, training, inference)
