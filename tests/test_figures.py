"""Figures: each is drawn from small made-up inputs as SVG or PNG, and refuses inputs that do not fit."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny_views
from charts import texts
from PIL import Image

from baselines import METHODS
from dakpn import figures
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.efficiency.job_costs import read_costs
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.figures.against import COSTS, prices
from dakpn.figures.canvas import NEUTRAL, WIDTH, apart
from dakpn.figures.classes import Classes
from dakpn.figures.palette import INK, OTHERS, SERIES, styles
from dakpn.figures.palette import METHODS as STYLES
from dakpn.figures.reported import columns, reported_slopes
from dakpn.figures.waterfall import TOGETHER, steps
from dakpn.figures.zoom import busiest
from dakpn.paper import PAPER, captions
from dakpn.plan import Chart, plan
from dakpn.plan.configure import configure
from dakpn.plan.figures import figure_files
from dakpn.tables.components import UNKNOWN
from dakpn.tables.scores import Stored

STREET = LABEL_SPACES["cityscapes"]
COUNT, HEIGHT, WIDTH_OF_SAMPLES = 3, 24, 40


@pytest.fixture
def samples(tmp_path):
    generator = np.random.default_rng(0)
    source = generator.integers(0, 255, (COUNT, HEIGHT, WIDTH_OF_SAMPLES, 3), np.uint8)
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
    label = np.zeros((COUNT, HEIGHT, WIDTH_OF_SAMPLES), np.uint8)
    label[:, 12:] = 10
    label[:, :2] = 255
    image = np.random.default_rng(0).integers(0, 255, (COUNT, HEIGHT, WIDTH_OF_SAMPLES, 3), np.uint8)
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


def store(path, right, count=4):
    """A confusion store of two classes of Cityscapes, road and sky; right: shares of their pixels per image."""
    counts = np.zeros((count, 19, 19), np.int64)
    for image in range(count):
        for train_id, share in zip((0, 10), right, strict=True):
            hits = round(100 * share) + image
            counts[image, train_id, [train_id, 10 - train_id]] = hits, 200 - hits
    path.parent.mkdir(parents=True, exist_ok=True)
    ConfusionStore(tuple(map(str, range(count))), counts, STREET).save(path)
    return str(path)


def assert_picture(path, height=None):
    """height: in pixels as shown; the picture has more than one colour and lets the page through."""
    with Image.open(path) as image:
        assert image.format == "PNG" and image.mode == "RGBA" and image.width == 2 * WIDTH
        assert height is None or abs(image.height - 2 * height) <= 2
        assert len(image.convert("RGB").getcolors(1 << 24)) > 10
        assert image.getpixel((1, 1))[3] == 0


def test_zoomed_crops_stand_in_lines_of_four(samples, tmp_path):
    real = np.zeros((48, 80, 3), np.uint8)
    figures.zoomed_crops(samples, real, tmp_path / "figure2.png")
    assert_picture(tmp_path / "figure2.png", 2 * (WIDTH / 4 * HEIGHT / WIDTH_OF_SAMPLES + 18))


def test_the_default_crop_finds_the_detail():
    image = np.zeros((20, 40, 3), np.uint8)
    image[10:14:2, 30:38] = 255
    top, left, height, width = busiest(image)
    assert top <= 10 and top + height >= 14 and left <= 31 and left + width >= 37


@pytest.mark.parametrize("columns", [2, 5])
def test_translation_grid_shows_the_images_there_are(samples, tmp_path, columns):
    real = np.full((1, HEIGHT, WIDTH_OF_SAMPLES, 3), 90, np.uint8)
    figures.translation_grid(samples, real, tmp_path / "figure3.png", columns=columns)
    assert_picture(tmp_path / "figure3.png")


def test_predictions_take_the_colours_of_the_label_space(predictions, tmp_path):
    figures.segmentation_predictions({"VSAIT": predictions}, STREET, tmp_path / "figure4.png")
    assert_picture(tmp_path / "figure4.png")
    pixels = np.asarray(Image.open(tmp_path / "figure4.png").convert("RGB")).reshape(-1, 3)
    for train_id in (0, 10):
        assert (pixels == STREET.colours[train_id]).all(axis=1).sum() > 1000


def test_of_two_similar_classes_the_rarer_is_striped_and_keeps_its_colour():
    bus, train, road = (STREET.classes.index(name) for name in ("bus", "train", "road"))
    labels = np.full((4, 6), train)
    labels[0, :4], labels[3] = bus, road
    classes = Classes(STREET, [labels])
    assert classes.seen == [road, bus, train] and classes.striped == [bus]
    painted = classes.paint(labels)
    side = painted.shape[0] // 4
    of_bus, of_train = painted[:side, : 4 * side].reshape(-1, 3), painted[side : 3 * side].reshape(-1, 3)
    assert {tuple(colour) for colour in of_bus} == {(255, 255, 255), tuple(STREET.colours[bus])}
    assert {tuple(colour) for colour in of_train} == {tuple(STREET.colours[train])}


def test_theta_channels_need_theta(samples, tmp_path):
    figures.theta_channels(samples["DA-KPN-T"], STREET, tmp_path / "figure6.png")
    assert_picture(tmp_path / "figure6.png")
    np.savez(tmp_path / "poor.npz", ids=np.arange(1))
    with pytest.raises(InputError, match="poor.npz.*theta"):
        figures.theta_channels(tmp_path / "poor.npz", STREET, tmp_path / "no.png")
    assert not (tmp_path / "no.png").exists()


def test_constant_theta_is_drawn(samples, tmp_path):
    flat = dict(np.load(samples["CycleGAN"]))
    np.savez(tmp_path / "flat.npz", **(flat | {"theta": 0 * flat["theta"], "semantic": 0 * flat["semantic"]}))
    figures.theta_channels(tmp_path / "flat.npz", STREET, tmp_path / "figure6.png")
    assert_picture(tmp_path / "figure6.png")


def test_certificate_maps_have_one_line_per_method(maps, tmp_path):
    figures.certificate_maps(maps, STREET, tmp_path / "g.png", labels={"fda": "FDA"})
    assert_picture(tmp_path / "g.png")
    np.savez(tmp_path / "poor.npz", methods=np.array(["fda"]))
    with pytest.raises(InputError, match="poor.npz.*response"):
        figures.certificate_maps(tmp_path / "poor.npz", STREET, tmp_path / "no.png", labels={})


def test_samples_of_different_images_are_refused(samples, tmp_path):
    other = dict(np.load(samples["CycleGAN"]), ids=np.array(["x", "b", "c"]))
    np.savez(tmp_path / "other.npz", **other)
    with pytest.raises(InputError, match="other.npz"):
        figures.translation_grid({**samples, "X": tmp_path / "other.npz"}, other["source"], tmp_path / "f.png")


def test_trainings_with_the_same_losses_share_a_legend_of_proper_names(history, tmp_path):
    steps = np.arange(50)
    table = pd.DataFrame(dict(step=steps, d_patch=-steps, cycle_source=steps, theta_bias_hue=steps, clipped=steps))
    table.to_csv(tmp_path / "b.csv", index=False)
    jobs = {"Falls by decades": history, "Crosses zero": tmp_path / "b.csv", "Again": tmp_path / "b.csv"}
    figures.training_curves(jobs, tmp_path / "curves.svg")
    words = texts(tmp_path / "curves.svg")
    for once in (*jobs, "discriminator, patches", "cycle source"):
        assert words.count(once) == 1
    assert words.count("iteration") == words.count("loss") - 1 == 3  # and the loss that is called so
    assert {"0.0001", "0"} <= set(words)


def test_an_empty_history_is_refused(tmp_path):
    (tmp_path / "empty.csv").write_text("step,loss\n")
    with pytest.raises(InputError, match="empty.csv"):
        figures.training_curves({"job": tmp_path / "empty.csv"}, tmp_path / "curves.svg")


def test_the_heat_map_shows_points_above_the_source_and_marks_those_that_are_sure(tmp_path):
    right = {"identity": (0.5, 0.6), "better": (0.9, 0.6), "unsure": (0.7, 0.6)}
    places = [(method, seed) for method in right for seed in range(3)]
    spread = {"unsure": (-0.3, 0.0, 0.3)}
    paths = [
        store(tmp_path / name / f"{seed}.npz", [share + spread.get(name, (0, 0, 0))[seed] for share in right[name]])
        for name, seed in places
    ]
    stores = [
        Stored("segmentation", "street", method, "96x160", seed, 0, path)
        for (method, seed), path in zip(places, paths, strict=True)
    ]
    labels = {"better": "Better", "unsure": "Unsure", "identity": "Source"}
    figures.class_heatmap(stores, tmp_path / "classes.svg", labels=labels, protocol="paper")
    words, source = texts(tmp_path / "classes.svg"), (tmp_path / "classes.svg").read_text()
    assert words.index("Source: IoU, %") < words.index("Better") < words.index("Unsure")
    assert {"road", "sky", "Street, 96x160"} <= set(words) and "bus" in words
    # Of both classes, because fewer pixels of road are taken for sky.
    strong = re.findall(r"font-weight: 700[^>]*>([^<]*)<", source)
    assert strong and all(text.startswith("+") for text in strong)
    assert len(strong) == 2
    with pytest.raises(InputError, match="no confusion stores"):
        figures.class_heatmap([], tmp_path / "no.svg", labels=labels, protocol="paper")


SMOKE = plan(configure({"extends": "smoke", "run": "test", "seeds": [0, 1], "report": {"trajectory": True}}, METHODS))
SOURCE, CYCLEGAN, VSAIT, OURS, TARGET = (
    SMOKE.labels[name] for name in ("identity", "cyclegan", "vsait", "dakpn-s", "oracle")
)


def score_table():
    """Table 3 with one column: the paper prefers VSAIT, the run DA-KPN-S; CUT is reported alone."""
    numbers = {CYCLEGAN: (35.0, 30.0), VSAIT: (37.0, 28.5), OURS: (36.0, 34.5), "CUT": (20.0, None)}
    numbers |= {SOURCE: (None, 26.0), TARGET: (60.0, 50.0)}
    lines = [
        ("street", method, "512x512", "mIOU", value, source, "48x48", 1.5)
        for method, both in numbers.items()
        for source, value in zip(("reported", "measured"), both, strict=True)
    ]
    return pd.DataFrame(lines, columns="task method resolution metric value source size seed_sd".split())


def made_up(kind, folder):
    """Need of a chart -> a file with made-up numbers."""
    tables = {"csv": score_table(), "tables": score_table()}
    gaps = [(f"{VSAIT} less {CYCLEGAN}", -4.0, 1.0), (f"{OURS} less {CYCLEGAN}", 3.0, 6.0)]
    gaps += [(f"{CYCLEGAN} less {SOURCE}", 2.5, 5.5)]
    tables["differences_csv"] = pd.DataFrame(gaps, columns=["method", "ci_low", "ci_high"])
    tables["differences_csv"] = tables["differences_csv"].assign(resolution="48x48", metric="mIOU")
    if kind == "waterfall":
        lost = {"none": 0, "exposure (photo metric)": 4, "hue_shift (photo metric)": -1, "photo metric": 8}
        lost |= {"blur (camera)": 5, "camera": 5, "all": 20}
        rows = [("street", name, "mIOU", 50.0 - value) for name, value in lost.items()]
        rows += [("street", name, "mIOU lost", value) for name, value in lost.items()]
        rows = pd.DataFrame(rows, columns=["task", "method", "metric", "value"]).assign(seed_sd=0.5)
        tables["rows"] = pd.concat([rows, rows.assign(task="face")])
    elif kind == "fidelity":
        order = {SOURCE: 1, CYCLEGAN: 2, VSAIT: 3, OURS: 4}
        rows = [("street", *pair, metric) for pair in order.items() for metric in ("psnr", "ssim", "flip_rate")]
        tables["rows"] = pd.DataFrame(rows, columns=["task", "method", "value", "metric"]).assign(seed_sd=0.1)
    elif kind == "variance":
        parts = {"translator": (3.0, 75), "segmenter": (1.5, 19), "images": (0.8, 6)}
        rows = [(f"{of} sd", deviation) for of, (deviation, _) in parts.items()]
        rows += [(f"{of} share", share) for of, (_, share) in parts.items()]
        rows = pd.DataFrame(rows, columns=["metric", "value"]).assign(task="street", resolution="48x48")
        tables["rows"] = pd.concat([rows.assign(method=OURS), rows.assign(method=VSAIT, value=None)])
    elif kind == "protocols":
        places = {"paper": (1, 2), "one-16-image": (2, 1)}
        rows = [(p, m, n) for p, pair in places.items() for m, n in zip((OURS, VSAIT), pair, strict=True)]
        rows = pd.DataFrame(rows, columns=["protocol", "method", "place"])
        tables["tables"] = rows.assign(task="street", resolution="48x48", metric="mIOU")
    elif kind == "curves":
        tables["histories"] = pd.DataFrame(dict(step=range(50), loss=np.exp(-np.arange(50) / 5)))
    paths = {"costs": "", "stores": store(folder / "confusion.npz", (0.5, 0.6))}
    for name, table in tables.items():
        paths[name] = str(folder / f"{name}.csv")
        table.to_csv(paths[name], index=False)
    return paths


def costs(folder, files):
    """cost.json of the translators, encoders and translations of a run: ten seconds each."""
    paths = []
    for number, node in enumerate(file.node for file in files):
        kept = {name: value for name, value in vars(node).items() if name in ("task", "method", "domain")}
        paths.append(str(folder / f"{number}.json"))
        Path(paths[-1]).write_text(json.dumps({"stage": node.rule, **kept, "seconds": 10.0}))
    return paths


def given(node, folder, files=None):
    """The inputs of a figure of SMOKE, each made of one file. files: need -> file, of photographs."""
    settings = node.settings(SMOKE)
    files, inputs = {**made_up(settings["kind"], folder), **(files or {})}, {}
    for need, of in node.needs(SMOKE).items():
        # Snakemake hands a list of one file over as the file; the made-up scores are those of one task.
        several = isinstance(of, list) and len(of) > 1 and need != "tables"
        inputs[need] = [str(files[need])] * len(of) if several else str(files[need])
        if need == "costs":
            inputs[need] = costs(folder, of)
        elif need == "csv":
            inputs[need] = [str(folder / f"{number}.csv") for number in range(len(of))]
            table = score_table()
            for file, rows in zip(inputs[need], settings["tables"].values(), strict=True):
                table[table["method"].isin(rows)].to_csv(file, index=False)
    return inputs


def drawn(kind, path):
    """The texts of a chart of the made-up run."""
    figures.draw(Chart(kind).settings(SMOKE), given(Chart(kind), path.parent), path)
    return texts(path)


def test_the_slopes_show_gains_ranks_and_what_was_not_run(tmp_path):
    made_up("reported", tmp_path)
    tables = (pd.read_csv(tmp_path / name) for name in ("csv.csv", "differences_csv.csv"))
    labels = SMOKE.labels | {"cut": "CUT"}
    (column,) = columns("Table 3", *tables, {label: name for name, label in labels.items()}, labels)
    assert column.title == "Table 3, 512x512" and column.baseline == "cyclegan"
    assert column.reported == {"cyclegan": 0, "vsait": 2, "dakpn-s": 1, "cut": -15}
    assert column.measured == {"cyclegan": 0, "vsait": -1.5, "dakpn-s": 4.5, "identity": -4}
    assert column.intervals == {"vsait": (-4, 1), "dakpn-s": (3, 6), "identity": (-5.5, -2.5)}
    reported_slopes([column], tmp_path / "reported.svg", labels=labels)
    words = set(texts(tmp_path / "reported.svg"))
    assert {f"{VSAIT}  1", f"{OURS}  2", f"{CYCLEGAN}  3", "CUT"} < words
    assert {"1  +4.5", "2  0.0", "3  \u22121.5", "\u22124.0  Source", "reported", "measured"} < words
    assert f"Table 3, 512x512: points over {CYCLEGAN}" in words and TARGET not in words


def test_the_waterfall_falls_by_groups_and_says_what_they_cost_together(tmp_path):
    words = drawn("waterfall", tmp_path / "waterfall.svg")
    assert {"50.0", "30.0", "\u22128.0", "+1.0", "\u22125.0", "\u22127.0", "hue shift", "Street", "Face"} < set(words)
    # A group of one part is shown once.
    assert "blur" not in words and words.count("camera") == 1
    card = pd.read_csv(tmp_path / "rows.csv").query("task == 'face'")
    lines = steps(card).set_index("name")
    assert lines.loc["photo metric", "end"] == lines.loc["camera", "start"] == 42
    assert lines.loc["exposure", "start"] == 50 and lines.loc[TOGETHER, "end"] == lines.loc["all", "end"] == 30


def test_fidelity_names_its_measures_with_units_and_its_rank_correlation(tmp_path):
    words = drawn("fidelity", tmp_path / "fidelity.svg")
    # Scores rise from the source over VSAIT and CycleGAN to DA-KPN-S, the measures over CycleGAN and VSAIT.
    assert words.count("rho 0.80") == 3 and {"PSNR, dB", "SSIM", "flips, percent", "mIOU, percent"} < set(words)
    assert words.count(SOURCE) == 1 and TARGET not in words


def test_the_bars_of_variance_say_how_large_it_is_or_that_it_is_unknown(tmp_path):
    words = drawn("variance", tmp_path / "variance.svg")
    assert {"translator", "segmenter", "images", "3.4 points", UNKNOWN} < set(words)
    assert words.index(VSAIT) < words.index(OURS)


def test_protocols_rank_from_the_paper_on(tmp_path):
    words = drawn("protocols", tmp_path / "protocols.svg")
    assert words.index("paper") < words.index("one-16-image")
    assert {OURS, VSAIT, "1", "2"} < set(words) and CYCLEGAN not in words


def test_the_price_of_a_method_holds_its_encoders_training(tmp_path):
    words = drawn("cost", tmp_path / "cost.svg")
    assert {*COSTS.values(), SOURCE, TARGET, CYCLEGAN, OURS} <= set(words) and "none" not in words
    spent = prices(read_costs(tmp_path.glob("*.json")), {"dakpn-s": "source"}).set_index(["task", "method"])
    assert spent.loc[("street", "dakpn-s"), "training"] == 20 and spent.loc[("street", "vsait"), "training"] == 10
    assert (spent["translation"] == 10).all()


def test_texts_are_moved_apart_in_their_order():
    moved = apart([5.0, 1.0, 1.0, 9.0], 2.0)
    assert moved.tolist() == [5.0, 0.0, 2.0, 9.0]


def test_every_figure_says_what_to_see_and_where_it_stands():
    found = captions(PAPER, {name: (kind, task) for name, (kind, task, _) in SMOKE.figures.items()})
    for name, texts_of in found.items():
        assert set(texts_of) == {"title", "caption", "alt", "section"}, name
        assert texts_of["section"] in {"reported", "why", "look", "cost"} and "{" not in "".join(texts_of.values())
        assert texts_of["alt"] != texts_of["caption"]
    order = list(found)
    assert order[:5] == [f"figure{number}" for number in range(2, 7)]
    assert order.index("geometry-street") < order.index("geometry-face")


def test_a_run_that_measured_too_little_has_no_empty_figure():
    one = plan(configure({"extends": "smoke", "run": "one"}, METHODS))
    assert set(SMOKE.figures) - set(one.figures) >= {"variance"}
    only = {"methods": ["identity"], "ablations": []}
    bare = plan(configure({"extends": "smoke", "run": "bare", "tasks": {"street": only, "face": only}}, METHODS))
    assert not {"reported", "classes", "curves", "cost", "figure3"} & set(bare.figures)


@pytest.mark.parametrize("name", SMOKE.figures)
def test_every_figure_of_a_run_is_drawn_from_what_the_plan_hands_it(name, tmp_path, request):
    if name.startswith(("trajectory", "diagnosis")):
        pytest.skip("tests/test_trajectory.py draws it")
    node = figure_files(SMOKE.figures)[name].node
    files = {name: request.getfixturevalue(name) for name in ("samples", "predictions", "maps")}
    files["samples"] = files["samples"]["DA-KPN-T"]
    files["target"] = tiny_views.write(tmp_path / "target", ["a", "b"], size=(HEIGHT, WIDTH_OF_SAMPLES))
    inputs = given(node, tmp_path, files)
    ending = next(iter(node.outputs.values()))
    figures.draw(node.settings(SMOKE), inputs, tmp_path / f"{name}{ending}")
    if ending == ".png":
        assert_picture(tmp_path / f"{name}.png")
    else:
        texts(tmp_path / f"{name}.svg")


def test_the_same_data_give_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        drawn("fidelity", tmp_path / folder / "fidelity.svg")
    assert (tmp_path / "one/fidelity.svg").read_bytes() == (tmp_path / "two/fidelity.svg").read_bytes()


def brightness(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(map(lambda weight, part: weight * part, (0.2126, 0.7152, 0.0722), linear))


def test_every_method_has_a_look_of_its_own_that_is_seen_on_light_and_dark():
    used = [*STYLES.values(), *OTHERS]
    assert len(set(used)) == len(used) and set(METHODS) - {"folder"} <= set(STYLES)
    for colour in ({style.colour for style in used} | {NEUTRAL, *SERIES}) - {INK}:
        for ground in ("#ffffff", "#16181b"):
            low, high = sorted((brightness(colour), brightness(ground)))
            assert (high + 0.05) / (low + 0.05) >= 3, f"{colour} on {ground}"
    mine = styles(["identity", "mine", "vsait", "yours"])
    assert mine["vsait"] == STYLES["vsait"] and (mine["mine"], mine["yours"]) == (OTHERS[0], OTHERS[1])
