"""The geometry certificate on operations whose effect on places is known."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.diagnostics.geometry import TILE, certify, edge_shift, predicted_classes, reach
from dakpn.model.dakpn import DAKPN
from dakpn.segmentation.networks import build_segmenter
from dakpn.segmentation.registry import resolve

SIZE = (96, 128)


class Method:
    """What the certificate asks of a translator."""

    config = None

    def __init__(self, function):
        self.function = function

    def uses_low_res(self, config):
        return False

    def translate(self, batch):
        return self.function(batch.image)


def textures(count=4, seed=0, wavelength=12):
    """(N,H,W,3) float in [0.2,0.8]: periodic, so that they can be moved by any distance without an error."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(random.normal(size=(count, *SIZE)))
    fy, fx = np.fft.fftfreq(SIZE[0])[:, None], np.fft.rfftfreq(SIZE[1])[None]
    smooth = np.fft.irfft2(spectrum * np.exp(-((fy**2 + fx**2) * wavelength**2)), s=SIZE)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    return np.repeat((0.2 + 0.6 * smooth)[..., None], 3, -1)


def moved(images, down, across):
    """Translate by any distance, by the shift theorem."""
    fy, fx = np.fft.fftfreq(SIZE[0])[:, None], np.fft.rfftfreq(SIZE[1])[None]
    turn = np.exp(-2j * np.pi * (fy * down + fx * across))
    spectrum = np.fft.rfft2(images, axes=(1, 2)) * turn[None, ..., None]
    return np.fft.irfft2(spectrum, s=SIZE, axes=(1, 2))


def stored(images):
    return (255 * np.clip(images, 0, 1)).round().astype(np.uint8)


@pytest.mark.parametrize(
    "function, distance",
    [
        (lambda image: image, 0),
        (lambda image: 1 - image, 0),
        (lambda image: torch.zeros_like(image), 0),
        (lambda image: F.avg_pool2d(image, 5, 1, 2), 2),
        (lambda image: F.pad(image, (2, 0, 0, 3))[..., 3:, :-2], 3),
    ],
    ids=["same", "negative", "black", "box of 5", "moved by 3"],
)
def test_reach_is_the_operations_own(function, distance):
    images = stored(textures())[:, 20:60, 20:60]
    found = reach(Method(function), images, None, "cpu")
    assert found.distance == distance
    assert found.response.shape == images.shape[1:3]


def test_the_response_to_a_changed_byte_is_half_the_range():
    found = reach(Method(lambda image: image), stored(textures()), None, "cpu")
    assert found.response[found.pixel] == pytest.approx(128, abs=1e-3) and (found.response > 0).sum() == 1


def test_what_depends_on_the_whole_image_reaches_its_borders():
    images = stored(textures())[:, :20, :20]
    found = reach(Method(lambda image: (image - image.mean((2, 3), keepdim=True)) * 5), images, None, "cpu")
    assert found.distance == max(*found.pixel, 19 - found.pixel[0], 19 - found.pixel[1])


@pytest.fixture(scope="module")
def dakpn():
    torch.manual_seed(0)
    encoder = build_segmenter(resolve({"network": "small", "width": 4, "iterations": 1}), 19).eval()
    translator = DAKPN(DAKPN.Config(), image_size=SIZE, low_size=(48, 64), num_classes=19, encoder=encoder)
    torch.nn.init.normal_(translator.kpn.predict.weight, std=0.3)
    with torch.no_grad():
        translator.kpn.predict.bias[6:9] = 4.0
    return translator


def test_dakpn_stays_in_its_window_while_theta_is_held_and_leaves_it_otherwise(dakpn):
    images = stored(textures())
    low = images[:, ::2, ::2]
    # The kernel is 25 pixels wide (paper, Eq. 2).
    assert 3 < reach(dakpn, images, low, "cpu").distance <= 12
    assert reach(dakpn, images, None, "cpu").distance > 12


@pytest.mark.parametrize("down, across", [(0, 0), (2, 0), (0, -3), (0.5, 0), (1.3, -0.8), (-3.6, 2.7)])
def test_a_known_displacement_is_measured(down, across):
    images = textures()
    found, tiles = edge_shift(stored(images), stored(moved(images, down, across)), "cpu")
    # Half of the error is that of bytes, half that of the parabola.
    assert found == pytest.approx(np.hypot(down, across), abs=0.12 if down % 1 or across % 1 else 0.02)
    assert np.isnan(tiles).mean() == pytest.approx(0.5, abs=0.1) and tiles.shape == (4, 2, 3) and TILE == 32


@pytest.mark.parametrize(
    "change, most",
    [
        (lambda images: images, 0),
        (lambda images: 0.5 * images + 0.3, 0.05),
        (lambda images: 1 - images, 0.01),
        (lambda images: images + np.random.default_rng(1).normal(size=images.shape) * 0.02, 0.3),
    ],
    ids=["same", "contrast", "negative", "noise"],
)
def test_what_keeps_edges_in_place_has_no_shift(change, most):
    images = textures()
    assert edge_shift(stored(images), stored(change(images)), "cpu")[0] <= most


def test_lost_edges_count_as_farthest():
    images = stored(textures())
    assert edge_shift(images, np.full_like(images, 90), "cpu")[0] == pytest.approx(4 * 2**0.5, abs=0.5)


class Brightness(torch.nn.Module):
    """Names class 0, 1 or 2 by brightness."""

    def forward(self, image):
        grey = image.mean(1)
        return {"out": torch.stack([-(grey - 0.1).abs(), -(grey - 0.5).abs(), -(grey - 0.9).abs()], 1)}


def test_flips_are_the_share_of_pixels_with_another_class():
    label_space = LABEL_SPACES["cityscapes"]
    source = np.full((3, 64, 64, 3), 26, np.uint8)
    translated = source.copy()
    translated[1, :16] = 128
    translated[2, :48] = 230

    def classify(images):
        return predicted_classes(Brightness(), images, label_space, (64, 64), "cpu")

    metrics, maps = certify(
        Method(lambda image: image),
        source,
        source,
        translated,
        classify=classify,
        true_classes=classify(source),
        device="cpu",
    )
    assert metrics["semantic_flip"] == pytest.approx(100 * (0 + 0.25 + 0.75) / 3)
    assert metrics["reach"] == 0 and "reach_fixed" not in metrics
    assert maps["worst"] == 2 and set(np.unique(maps["classes"])) == {0, 2}


def test_classes_are_named_at_the_judges_size():
    images = np.zeros((2, 64, 64, 3), np.uint8)
    found = predicted_classes(Brightness(), images, LABEL_SPACES["cityscapes"], (32, 48), "cpu")
    assert found.shape == (2, 32, 48) and found.dtype == np.uint8


def test_a_certificate_of_a_method_with_low_images_has_both_reaches(dakpn):
    images = stored(textures(5))
    classes = np.zeros((5, 8, 8), np.uint8)
    metrics, maps = certify(
        dakpn, images, images[:, ::2, ::2], images, classify=lambda _: classes, true_classes=classes, device="cpu"
    )
    assert list(metrics) == ["reach_fixed", "reach", "edge_shift", "semantic_flip"]
    assert metrics["edge_shift"] == 0 and metrics["semantic_flip"] == 0
    assert maps["response"].shape == SIZE and maps["response"].max() > 0
