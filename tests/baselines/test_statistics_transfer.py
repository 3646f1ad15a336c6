"""The controls without an optimiser: their statistics are the literal ones, and translations have them."""

import numpy as np
import pytest
import torch
from tiny_methods import of

from baselines import METHODS
from baselines.colour_transfer import from_lab, to_lab
from dakpn.training.loop import Run

SIZE = (40, 48)
NAMES = ["colour-transfer", "histogram-matching", "fda"]


class Images:
    """What `fit` reads of a view: `count` smooth images of middle brightness, so that no translation is clamped."""

    def __init__(self, count, seed, centre=0.5, spread=0.04):
        random = np.random.default_rng(seed)
        y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
        waves = sum(
            random.normal(size=(count, 1, 1, 3)) * np.sin(fy * y / 9 + fx * x / 9 + 1)[None, ..., None]
            for fy, fx in random.uniform(-3, 3, (6, 2))
        )
        noise = random.normal(size=(count, *SIZE, 3)) / 2
        tint = random.normal(size=(count, 1, 1, 3)) / 2
        colour = centre + np.array([0.08, 0.0, -0.08])
        self.images = (255 * (colour + spread * (waves + noise + tint))).clip(0, 255).round().astype(np.uint8)

    def __len__(self):
        return len(self.images)


def tensor(view):
    return torch.from_numpy(view.images).permute(0, 3, 1, 2).float() / 255


def fitted(name, target, **section):
    method = METHODS[name]
    translator = method(method.Config(**section), image_size=SIZE, low_size=(20, 24), num_classes=19)
    assert translator.fit(Images(3, 0), target, seed=0, device="cpu", run=Run()) == []
    return translator


@pytest.fixture(scope="module")
def source():
    return Images(5, 0)


@pytest.fixture(scope="module")
def target():
    return Images(11, 1, centre=0.4, spread=0.03)


def literal_lab(rgb):
    """One pixel, written out from the paper."""
    red, green, blue = rgb
    long = np.log10(0.3811 * red + 0.5783 * green + 0.0402 * blue)
    middle = np.log10(0.1967 * red + 0.7244 * green + 0.0782 * blue)
    short = np.log10(0.0241 * red + 0.1288 * green + 0.8444 * blue)
    return [(long + middle + short) / 3**0.5, (long + middle - 2 * short) / 6**0.5, (long - middle) / 2**0.5]


def test_lab_is_the_papers_and_its_inverse_is_exact(source):
    image = tensor(source)
    lab = to_lab(image)
    np.testing.assert_allclose(lab[1, :, 7, 9], literal_lab(image[1, :, 7, 9].double().numpy()), rtol=1e-12)
    torch.testing.assert_close(from_lab(lab), image.double(), rtol=0, atol=1e-12)
    assert to_lab(torch.zeros(1, 3, 2, 2)).isfinite().all()


def test_colour_transfer_keeps_the_means_of_the_targets_statistics(target):
    translator = fitted("colour-transfer", target)
    each = [to_lab(tensor(target)[i : i + 1])[0].flatten(1).numpy() for i in range(len(target))]
    np.testing.assert_allclose(translator.target["mean"], np.mean([lab.mean(1) for lab in each], 0), rtol=1e-9)
    np.testing.assert_allclose(translator.target["deviation"], np.mean([lab.std(1) for lab in each], 0), rtol=1e-9)


def test_translations_have_the_targets_mean_and_deviation(source, target):
    translated = fitted("colour-transfer", target).translate(of(tensor(source)))
    assert 0 < translated.min() and translated.max() < 1
    wanted, found = to_lab(tensor(target)), to_lab(translated)
    for statistic in (lambda lab: lab.mean((-2, -1)), lambda lab: lab.std((-2, -1), correction=0)):
        torch.testing.assert_close(statistic(found).mean(0), statistic(wanted).mean(0), rtol=1e-4, atol=1e-5)
        assert not torch.allclose(statistic(to_lab(tensor(source))).mean(0), statistic(wanted).mean(0), rtol=1e-2)


def test_a_flat_image_takes_the_targets_mean_colour(target):
    translated = fitted("colour-transfer", target).translate(of(torch.full((1, 3, *SIZE), 0.7)))
    wanted = to_lab(tensor(target)).mean((0, 2, 3))
    torch.testing.assert_close(to_lab(translated).mean((0, 2, 3)), wanted, rtol=1e-4, atol=1e-5)


def literal_match(values, pool):
    """For every value the smallest value of the pool whose share of values not larger is at least its own."""
    table = {}
    for value in np.unique(values):
        share = (values <= value).sum() * pool.size
        table[value] = next(t for t in range(256) if (pool <= t).sum() * values.size >= share)
    return np.vectorize(table.get)(values)


def test_histogram_matching_is_its_literal_definition(source, target):
    translated = fitted("histogram-matching", target).translate(of(tensor(source)))
    found = (translated * 255).round().numpy().transpose(0, 2, 3, 1)
    for image in (0, 3):
        for channel in range(3):
            wanted = literal_match(source.images[image, ..., channel], target.images[..., channel])
            assert (found[image, ..., channel] == wanted).all()


def test_matched_histograms_are_the_pooled_one(source, target):
    translated = fitted("histogram-matching", target).translate(of(tensor(source))).numpy()
    for channel in range(3):
        quantiles = np.linspace(0.05, 0.95, 19)
        found = np.quantile((translated[:, channel] * 255).round(), quantiles)
        wanted = np.quantile(target.images[..., channel], quantiles)
        assert np.abs(found - wanted).max() <= 1
        assert found.mean() != pytest.approx(np.quantile(source.images[..., channel], quantiles).mean(), abs=5)


def test_an_image_matched_to_itself_stays(source):
    class One(Images):
        def __init__(self):
            self.images = np.concatenate([source.images[:1]] * 7)

    image = tensor(source)[:1]
    torch.testing.assert_close(fitted("histogram-matching", One()).translate(of(image)), image, rtol=0, atol=1e-6)


def test_fda_replaces_low_amplitudes_and_nothing_else(source, target):
    translator = fitted("fda", target, beta=0.1)
    image = tensor(source)
    translated = translator.translate(of(image))
    assert 0 < translated.min() and translated.max() < 1
    before, after, goal = (np.fft.fft2(x.double().numpy()) for x in (image, translated, tensor(target)))
    frequency = [np.abs(np.fft.fftfreq(size) * size) for size in SIZE]
    low = (frequency[0] <= 4)[:, None] & (frequency[1] <= 4)
    np.testing.assert_allclose(after[..., ~low], before[..., ~low], atol=1e-3)
    np.testing.assert_allclose(np.abs(after[..., low]), np.abs(goal).mean(0)[None, :, low].repeat(5, 0), rtol=1e-3)
    assert not np.allclose(np.abs(after[..., low]), np.abs(before[..., low]), rtol=0.1)
    # Where the amplitude is next to nothing, single precision decides the phase.
    turned = np.angle(after * before.conj())[np.abs(after) > 1]
    assert np.abs(turned).max() < 1e-2


def test_fda_without_a_window_moves_the_mean_colour_only(source, target):
    image = tensor(source)
    moved = fitted("fda", target, beta=0.0).translate(of(image)) - image
    torch.testing.assert_close(moved, moved.mean((-2, -1), keepdim=True).expand_as(moved), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_statistics_depend_on_neither_seed_nor_batch(name, target, monkeypatch):
    whole = fitted(name, target)
    monkeypatch.setattr("baselines.target_statistics.BATCH", 3)
    pieces = fitted(name, target)
    for key, value in whole.target.items():
        torch.testing.assert_close(pieces.target[key], value, rtol=1e-12, atol=1e-15)
    with pytest.raises(ValueError, match="not optimised"):
        whole.training_step(target, target, seed=0, device="cpu")
