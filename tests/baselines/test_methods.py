"""What every entry of METHODS must do, whatever it is."""

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_methods import ENCODER, IDS, IMAGE, LOW_RES, SECTIONS, Views, batch, build, instance

from baselines import METHODS
from dakpn.config.models import Timing
from dakpn.efficiency.computation import inference_rows, parameter_rows
from dakpn.errors import InputError
from dakpn.training.loop import Run
from dakpn.translation.instances import at_paper_settings


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A folder of translated images."""
    folder = tmp_path_factory.mktemp("images")
    for seed, name in enumerate(IDS):
        path = folder / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*IMAGE, 3), dtype=np.uint8)).save(path)
    return str(folder)


@pytest.fixture(params=METHODS)
def name(request):
    return request.param


@pytest.fixture
def settings(name, images):
    """What a method needs besides its tiny settings."""
    return {"images": images} if name == "folder" else {}


@pytest.fixture
def method(name, settings):
    return instance(name, **settings)


def fitted(name, settings, seed=0):
    translator = build(name, seed, **settings)
    if not translator.trained:
        return translator, []
    return translator, translator.fit(Views(1), Views(2), seed=seed, device="cpu", run=Run(log_every=1))


def test_translation_keeps_shape_and_range(name, settings):
    translator = build(name, **settings)
    for given in (batch(2, low_res=False), batch(2)):
        translated = translator.translate(given)
        assert translated.shape == given.image.shape and translated.dtype == given.image.dtype
        assert 0 <= translated.min() and translated.max() <= 1
        assert not translated.requires_grad


def test_batched_equals_single(name, settings):
    translator, _ = fitted(name, settings)
    given = batch(3)
    single = [translator.translate(type(given)(*(part[i : i + 1] for part in given))) for i in range(3)]
    torch.testing.assert_close(translator.translate(given), torch.cat(single), rtol=1e-4, atol=1e-4)


def test_training_changes_the_translation_and_repeats_exactly(name, settings, method):
    if not method.trained:
        pytest.skip("nothing to train")
    given = batch()
    before = build(name, **settings).translate(given)
    (first, history), (second, again) = fitted(name, settings), fitted(name, settings)
    assert history == again and len(history) == method.settings.get("iterations", 0)
    assert method.optimised == bool(history)
    assert torch.equal(first.translate(given), second.translate(given))
    assert not torch.equal(first.translate(given), before)


def test_export_and_load_give_the_same_translation(name, settings, tmp_path):
    translator, _ = fitted(name, settings)
    translator.export(tmp_path / "weights.safetensors")
    loaded = build(name, seed=5, **settings).load(tmp_path / "weights.safetensors")
    given = batch()
    assert torch.equal(loaded.translate(given), translator.translate(given))


def test_the_low_resolution_image_counts_where_the_method_says_so(name, settings, method):
    translator = build(name, **settings)
    if method.encoder:
        torch.nn.init.normal_(translator.networks()["kpn"].predict.weight, std=0.5)
    given = batch()
    other = given._replace(low_res=1 - given.low_res)
    assert torch.equal(translator.translate(given), translator.translate(other)) != translator.uses_low_res(
        translator.config
    )


def test_a_method_translates_only_what_it_says(name, settings, method):
    unknown = batch()._replace(ids=("unknown",))
    if method.images_only:
        with pytest.raises(InputError, match="unknown"):
            build(name, **settings).translate(unknown)
    else:
        build(name, **settings).translate(unknown)


def test_counts_are_ordered_and_there_is_a_label(name, settings, method):
    counts = build(name, **settings).parameter_counts()
    assert counts["trainable"] <= counts["training"] and counts["inference"] <= counts["training"]
    assert method.name == name and method.label and method.label != name


def test_unknown_keys_of_a_section_are_refused(name, settings):
    with pytest.raises(InputError, match=f"methods.{name}.no_such_key: no such key"):
        instance(name, **settings, no_such_key=1)


def test_weights_of_another_shape_are_named(name, settings, method, tmp_path):
    if not method.trained:
        pytest.skip("no weights")
    translator = build(name, **settings)
    translator.export(tmp_path / "weights.safetensors")
    for network in translator.inference_networks().values():
        for parameter in list(network.parameters())[:1]:
            parameter.data = torch.zeros(1, 2, 3)
    with pytest.raises(InputError, match="weights.safetensors"):
        translator.load(tmp_path / "weights.safetensors")


def test_translating_is_timed_for_methods_that_train(name, settings, method):
    timing = Timing(inference_size=IMAGE, warmup=0, repeats=2)
    config = method.translator.Config(**method.settings)
    rows = inference_rows(method.translator, config, ENCODER, timing, LOW_RES, torch.device("cpu"))
    assert [row["size"] for row in rows] == ["48x80"] * method.trained and all(row["value"] > 0 for row in rows)


def test_labels_are_the_methods_own():
    labels = [METHODS[name].label for name in METHODS]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    "name, trainable, training, inference",
    [
        ("identity", 0, 0, 0),
        ("colour-transfer", 0, 6, 6),
        ("histogram-matching", 0, 768, 768),
        ("fda", 0, 3 * 73 * 65, 3 * 73 * 65),
        ("dakpn-global", 2_765_645, 2_765_645, 12),
        ("drit", 65_039_315, 65_039_315, 10_471_571),
        ("gcgan", 16_907_653, 16_907_653, 11_378_179),
        ("cut", 14_703_300, 14_703_300, 11_378_179),
        ("fastcut", 14_703_300, 14_703_300, 11_378_179),
        ("srunit", 14_703_300, 14_703_300, 11_378_179),
        ("cyclegan", 28_285_832, 28_285_832, 11_378_179),
        ("mct", 28_516_632, 28_516_632, 11_493_579),
        ("vsait", 50_186_756, 65_491_524, 11_378_179),
        ("dakpn-s", 2_765_873, 35_721_860, 32_956_227),
        ("dakpn-t", 2_765_873, 35_721_860, 32_956_227),
    ],
)
def test_parameters_at_the_papers_widths(name, trainable, training, inference):
    method = at_paper_settings(name, SECTIONS, METHODS)
    rows = parameter_rows(method.translator, method.translator.Config(**method.settings))
    assert [row["value"] * 1e6 for row in rows] == [trainable, training, inference]
