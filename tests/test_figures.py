"""Figures: each writes one PNG of the expected size from synthetic inputs, and refuses inputs that do not fit."""

import numpy as np
import pandas as pd
import pytest
import tiny_views
from PIL import Image

from baselines import METHODS
from dakpn import figures
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.figures.canvas import DPI
from dakpn.figures.zoom import busiest
from dakpn.plan import Figure, plan
from dakpn.plan.configure import configure

STREET = LABEL_SPACES["cityscapes"]
COUNT, HEIGHT, WIDTH = 3, 24, 40


@pytest.fixture
def samples(tmp_path):
    generator = np.random.default_rng(0)
    source = generator.integers(0, 255, (COUNT, HEIGHT, WIDTH, 3), np.uint8)
    paths = {}
    for label in ("CycleGAN", "DA-KPN-T"):
        paths[label] = tmp_path / f"{label}.npz"
        theta = generator.normal(1, 0.2, (COUNT, 12, 6, 10)).astype(np.float32)
        semantic = generator.integers(0, 19, (COUNT, 6, 10)).astype(np.uint8)
        arrays = dict(source=source, translation=255 - source, theta=theta, semantic=semantic)
        np.savez(paths[label], ids=np.array(["a", "b", "c"]), **arrays)
    return paths


@pytest.fixture
def predictions(tmp_path):
    label = np.zeros((COUNT, HEIGHT, WIDTH), np.uint8)
    label[:, 12:] = 10
    label[:, :2] = 255
    image = np.random.default_rng(0).integers(0, 255, (COUNT, HEIGHT, WIDTH, 3), np.uint8)
    np.savez(
        tmp_path / "predictions.npz", ids=np.arange(COUNT), image=image, label=label, prediction=np.zeros_like(label)
    )
    return tmp_path / "predictions.npz"


@pytest.fixture
def maps(tmp_path):
    random = np.random.default_rng(0)
    images = {name: random.integers(0, 255, (2, 24, 40, 3), np.uint8) for name in ("source", "truth", "translation")}
    classes = {name: random.integers(0, 19, (2, 12, 12)).astype(np.uint8) for name in ("classes", "true_classes")}
    response = random.uniform(0, 200, (2, 24, 40)).astype(np.float32)
    arrays = dict(methods=np.array(["fda", "mine"]), pixel=np.array([[3, 4], [20, 39]]), response=response)
    np.savez(tmp_path / "maps.npz", **images, **classes, **arrays)
    return tmp_path / "maps.npz"


@pytest.fixture
def history(tmp_path):
    steps = np.arange(50)
    pd.DataFrame(dict(step=steps, loss=np.exp(-steps / 5))).to_csv(tmp_path / "history.csv", index=False)
    return tmp_path / "history.csv"


@pytest.fixture
def classes(tmp_path):
    lines = [
        ("segmentation", "street", method, "96x160", 1, name, iou + 9 * (protocol == "released"), protocol)
        for method, iou in (("identity", 40.0), ("oracle", 60.0))
        for name in ("road", "sky")
        for protocol in ("paper", "released")
    ]
    rows = pd.DataFrame(lines, columns="kind task method resolution seed class iou protocol".split())
    rows.to_csv(tmp_path / "classes.csv", index=False)
    return tmp_path / "classes.csv"


def assert_picture(path, width=None, height=None):
    """width, height: inches; the picture has more than one colour."""
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert width is None or abs(image.width - width * DPI) <= 1
        assert height is None or abs(image.height - height * DPI) <= 1
        assert len(image.convert("RGB").getcolors(1 << 24)) > 10


def test_zoomed_crops_have_one_column_per_image(samples, tmp_path):
    real = np.zeros((48, 80, 3), np.uint8)
    figures.zoomed_crops(samples, real, tmp_path / "figure2.png")
    assert_picture(tmp_path / "figure2.png", 1.9 * 4 + 0.2)


def test_the_default_crop_finds_the_detail():
    image = np.zeros((20, 40, 3), np.uint8)
    image[10:14:2, 30:38] = 255
    top, left, height, width = busiest(image)
    assert top <= 10 and top + height >= 14 and left <= 31 and left + width >= 37


@pytest.mark.parametrize("columns", [2, 5])
def test_translation_grid_shows_the_images_there_are(samples, tmp_path, columns):
    real = np.full((1, HEIGHT, WIDTH, 3), 90, np.uint8)
    figures.translation_grid(samples, real, tmp_path / "figure3.png", columns=columns)
    assert_picture(tmp_path / "figure3.png", 2.2 * min(columns, COUNT) + 1.1)


def test_predictions_take_the_colours_of_the_label_space(predictions, tmp_path):
    figures.segmentation_predictions({"VSAIT": predictions}, STREET, tmp_path / "figure4.png", rows=2)
    assert_picture(tmp_path / "figure4.png", 2.2 * 3)
    pixels = np.asarray(Image.open(tmp_path / "figure4.png").convert("RGB")).reshape(-1, 3)
    for train_id in (0, 10):
        assert (pixels == STREET.colours[train_id]).all(axis=1).sum() > 1000


def test_theta_channels_need_theta(samples, tmp_path):
    figures.theta_channels(samples["DA-KPN-T"], STREET, tmp_path / "figure6.png")
    assert_picture(tmp_path / "figure6.png", 2.3 * 6)
    np.savez(tmp_path / "poor.npz", ids=np.arange(1))
    with pytest.raises(InputError, match="poor.npz.*theta"):
        figures.theta_channels(tmp_path / "poor.npz", STREET, tmp_path / "no.png")
    assert not (tmp_path / "no.png").exists()


def test_constant_theta_is_drawn(samples, tmp_path):
    zero = np.zeros((COUNT, HEIGHT, WIDTH, 3), np.uint8)
    theta = np.zeros((COUNT, 12, 6, 10), np.float32)
    np.savez(
        tmp_path / "flat.npz",
        ids=np.arange(COUNT),
        source=zero,
        translation=zero,
        theta=theta,
        semantic=zero[:, :6, :10, 0],
    )
    figures.theta_channels(tmp_path / "flat.npz", STREET, tmp_path / "figure6.png")
    assert_picture(tmp_path / "figure6.png", 2.3 * 6)


def test_certificate_maps_have_one_line_per_method(maps, tmp_path):
    figures.certificate_maps(maps, STREET, tmp_path / "g.png", labels={"fda": "FDA"})
    assert_picture(tmp_path / "g.png", 1.9 * 7 + 1.3)
    np.savez(tmp_path / "poor.npz", methods=np.array(["fda"]))
    with pytest.raises(InputError, match="poor.npz.*response"):
        figures.certificate_maps(tmp_path / "poor.npz", STREET, tmp_path / "no.png", labels={})


def test_training_curves_have_one_panel_per_job(history, tmp_path):
    steps = np.arange(50)
    pd.DataFrame(dict(step=steps, loss=-steps, other=steps)).to_csv(tmp_path / "b.csv", index=False)
    jobs = {"falls by decades": history, "crosses zero": tmp_path / "b.csv"}
    figures.training_curves(jobs, tmp_path / "curves.png")
    assert_picture(tmp_path / "curves.png", 3.1 * 2, 2.2 + 0.42)


def test_an_empty_history_is_refused(tmp_path):
    (tmp_path / "empty.csv").write_text("step,loss\n")
    with pytest.raises(InputError, match="empty.csv"):
        figures.training_curves({"job": tmp_path / "empty.csv"}, tmp_path / "curves.png")


def test_class_heatmap_shows_absent_classes_and_methods_in_display_order(tmp_path):
    lines = [
        ("segmentation", task, method, "96x160", seed, name, None if name == "train" else 50.0)
        for task in ("street", "face")
        for method in ("oracle", "mine", "identity")
        for seed in (1, 2)
        for name in ("road", "train", "sky")
    ]
    rows = pd.DataFrame(lines, columns="kind task method resolution seed class iou".split())
    labels = {"identity": "Source (untranslated)", "mine": "Mine", "oracle": "Target"}
    figures.class_heatmap(rows, tmp_path / "classes.png", labels=labels)
    assert_picture(tmp_path / "classes.png", 0.46 * 3 + 2.6)
    with pytest.raises(InputError, match="no rows"):
        figures.class_heatmap(rows.iloc[:0], tmp_path / "no.png", labels=labels)


def test_samples_of_different_images_are_refused(samples, tmp_path):
    other = dict(np.load(samples["CycleGAN"]), ids=np.array(["x", "b", "c"]))
    np.savez(tmp_path / "other.npz", **other)
    with pytest.raises(InputError, match="other.npz"):
        figures.translation_grid({**samples, "X": tmp_path / "other.npz"}, other["source"], tmp_path / "f.png")


SMOKE = plan(configure({"extends": "smoke", "run": "test"}, METHODS))


@pytest.mark.parametrize("name", SMOKE.figures)
def test_every_figure_of_a_run_is_drawn_from_what_the_plan_hands_it(name, tmp_path, request):
    node, inputs = Figure(name), {}
    for need, files in node.needs(SMOKE).items():
        if need == "target":
            inputs[need] = tiny_views.write(tmp_path / "target", ["a", "b"], size=(HEIGHT, WIDTH))
        elif need == "samples":
            sample = request.getfixturevalue("samples")["DA-KPN-T"]
            # Snakemake hands a list of one file over as the file.
            inputs[need] = [str(sample)] * len(files) if len(files) > 1 else str(sample)
        else:
            fixture = {"histories": "history"}.get(need, need)
            path = str(request.getfixturevalue(fixture))
            inputs[need] = [path] * len(files) if isinstance(files, list) else path
    figures.draw(node.settings(SMOKE), inputs, tmp_path / f"{name}.png")
    assert_picture(tmp_path / f"{name}.png")


def test_the_classes_under_the_runs_protocol_are_drawn(classes, tmp_path):
    settings = Figure("classes").settings(SMOKE)
    for protocol in ("paper", "released"):
        figures.draw({**settings, "protocol": protocol}, {"classes": str(classes)}, tmp_path / f"{protocol}.png")
    assert (tmp_path / "paper.png").read_bytes() != (tmp_path / "released.png").read_bytes()
    with pytest.raises(InputError, match="no rows"):
        figures.draw({**settings, "protocol": "zero-all-image"}, {"classes": str(classes)}, tmp_path / "no.png")
