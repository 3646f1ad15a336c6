"""The target `trajectory`: what it consists of, what each way of choosing picks, and what is drawn."""

import shutil

import numpy as np
import pandas as pd
import pytest
from charts import texts
from runs import changed, plan_of, snakemake

from baselines import METHODS
from dakpn import figures
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.figures.trajectory import COLOURS, PANELS
from dakpn.plan import Plan, Score, Segmenter, Trajectory, Translation, View, plan
from dakpn.plan.configure import configure
from dakpn.plan.figures import figure_files
from dakpn.tables.trajectory import WAYS, choices, chosen, points, write_trajectory

LABELS = {"identity": "Source", "fda": "FDA", "photometric": "Augmented", "a": "A", "b": "B", "oracle": "Target"}
CONTROLS = ["fda", "photometric"]


def planned(**changes) -> Plan:
    return plan(configure({"extends": "smoke", "run": "changed", **changes}, METHODS))


def curve(segmentation, fcn_score, held_out, *, method="a", seed=0):
    iterations = [50 * 2**step for step in range(len(segmentation))]
    about = dict(task="street", method=method, seed=seed, replicate=0, iteration=iterations, seconds=iterations)
    return pd.DataFrame({**about, "segmentation": segmentation, "fcn_score": fcn_score, "held_out": held_out})


def beside(**scores):
    rows = [(name, seed, value) for name, values in scores.items() for seed, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["method", "seed", "segmentation"]).assign(task="street", replicate=0)


@pytest.fixture
def rows():
    """A ends best but its best is earlier; by FCN-Score it is worse than B, which never changes."""
    return pd.concat(
        [
            curve([10, 40, 30, 32], [50, 10, 20, 30], [1, 2, 4, 3]),
            curve([12, 44, 33, 34], [10, 50, 20, 30], [4, 3, 2, 1], seed=1),
            curve([31, 31, 31, 31], [9, 9, 9, 9], [9, 9, 9, 9], method="b"),
            curve([31, 31, 31, 31], [9, 9, 9, 9], [9, 9, 9, 9], method="b", seed=1),
            beside(identity=[20, 20], fda=[28, 28], photometric=[25, 26], oracle=[60, 61]),
        ]
    )


def test_each_way_picks_what_it_should(rows):
    first = rows[(rows["method"] == "a") & (rows["seed"] == 0)].sample(frac=1, random_state=1)
    expected = dict(zip(WAYS, [(32, 400), (40, 100), (30, 200), (10, 50), (34, None)], strict=True))
    assert {way: chosen(first, way) for way in WAYS} == expected
    # Of equal ones the earliest.
    assert chosen(rows[rows["method"] == "b"].query("seed == 0"), "FCN-Score") == (31, 50)
    assert np.isnan(chosen(first.assign(held_out=np.nan), "source labels")[0])


def test_choices_average_over_seeds_and_stand_beside_the_best_control(rows):
    table = choices(rows, LABELS, CONTROLS).set_index(["method", "way"])
    assert list(dict.fromkeys(table.index.get_level_values("method"))) == ["Source", "FDA", "A", "B", "Target"]
    best = table.loc["A", "target labels"]
    assert (best["value"], best["iterations"], best["seeds"]) == (42, "100, 100", 2)
    assert best["seed_sd"] == pytest.approx(np.std([40, 44], ddof=1))
    assert table.loc["A", "FCN-Score"]["iterations"] == "50, 100"
    assert set(table.loc["Target"]["value"]) == {60.5} and set(table.loc["FDA"]["iterations"]) == {""}


def test_the_table_says_under_which_ways_the_order_flips(rows, tmp_path):
    write_trajectory(choices(rows, LABELS, CONTROLS), tmp_path / "trajectory", procedural=True)
    text = (tmp_path / "trajectory.md").read_text()
    # A reports 27 by FCN-Score and 21 by the source's labels, both below B and FDA.
    assert "flips under 2 of 4 other ways of choosing; source labels: B over A, FDA over A; FCN-Score:" in text
    assert "42.00 ± 2.83 (100, 100)" in text and "leaks" in text and "Procedural" in text
    assert pd.read_csv(tmp_path / "trajectory.csv")["way"].nunique() == 5
    write_trajectory(choices(rows.assign(held_out=np.nan), LABELS, CONTROLS), tmp_path / "unpaired")
    text = (tmp_path / "unpaired.md").read_text()
    assert "flips under 1 of 3 other ways" in text and "not run" in text


def test_points_come_from_stores(tmp_path):
    stores, classes = [], np.arange(19)
    wanted = {("segmentation", "a-at-9"): 0.5, ("fcn_score", "a-at-9"): 0.7, ("segmentation", "oracle"): 0.9}
    for (kind, name), right in wanted.items():
        counts = np.zeros((1, 19, 19), np.int64)
        counts[:, classes, classes] = 1000 * right
        counts[:, classes, (classes + 1) % 19] = 1000 - 1000 * right
        path = tmp_path / f"{kind}-{name}.npz"
        ConfusionStore(("x",), counts, LABEL_SPACES["cityscapes"]).save(path)
        stores.append(((kind, "street", name, "48x48", 0, 0), path))
    seconds = pd.DataFrame([dict(task="street", method="a", seed=0, iteration=9, seconds=1.5)])
    table = points(stores, seconds, {"a-at-9": ("a", 9)}, protocol="paper").set_index("method")
    assert table.loc["a", ["iteration", "seconds"]].tolist() == [9, 1.5]
    # Every class has as many false alarms as misses: IoU = right / (2 - right).
    assert table["segmentation"].to_dict() == pytest.approx({"a": 100 / 3, "oracle": 90 / 1.1})
    assert table.loc["a", "fcn_score"] == pytest.approx(70 / 1.3)
    assert table["held_out"].isna().all() and np.isnan(table.loc["oracle", "iteration"])


def test_it_is_no_part_of_all_unless_the_report_shows_it():
    usual, shown = planned(), planned(report={"trajectory": True})
    assert not {"trajectory_translator", "trajectory_table"} & set(usual.counts())
    assert "trajectory-face" not in usual.figures and "trajectory-face" in shown.figures
    drawn = [usual.trajectory, *(file.node for file in figure_files(usual.trajectory_figures).values())]
    assert set(shown.jobs) - set(usual.jobs) == set(usual.upstream(*drawn)) - set(usual.jobs)
    assert "trajectory" not in planned(trajectory=None, report={"trajectory": True}).counts()


def test_snapshots_share_one_training_and_change_no_other_job():
    with_it, without = planned(seeds=[0, 1]), planned(seeds=[0, 1], trajectory=None)
    jobs = set(with_it.upstream(with_it.trajectory))
    assert sum(job.rule == "trajectory_translator" for job in jobs) == 2 * 2 * 2
    assert sum(job.rule == "translation" and "-at-" in job.method for job in jobs) == 2 * 2 * (3 + 2)
    training = Trajectory("face", "cyclegan", 1)
    settings = training.settings(with_it)
    assert settings["snapshots"] == (1, 2) and settings["translator"]["settings"]["iterations"] == 2
    for iteration in (1, 2):
        translation = Translation("face", f"cyclegan-at-{iteration}", 1)
        assert translation.needs(with_it)["weights"] == training.file("weights")
        assert translation.settings(with_it)["translator"]["snapshot"] == iteration
    # Names of snapshots are in no table, and nothing else is computed anew for them.
    anew = [job for job in with_it.jobs if job.settings(with_it) != job.settings(without)]
    assert {job.rule for job in anew} == {"report"} and with_it.jobs == without.jobs


def test_held_out_scenes_are_translated_and_scored_by_the_snapshots_own_segmenter():
    smoke = planned()
    score = Score("held_out", "face", "dakpn-s-at-3", "48x48", "main", 0)
    needs = score.needs(smoke)
    assert score in smoke.trajectory.scores(smoke)
    assert needs["view"].node == View("face", "paired-source")
    assert needs["translated"] == Translation("face", "dakpn-s-at-3", 0).file("paired")
    assert needs["weights"].node == Segmenter("face", "dakpn-s-at-3", "48x48", "main", 0)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"trajectory": {"dakpn-x": [1]}}, "trajectory.dakpn-x: no such method is run"),
        ({"trajectory": {"fda": [1]}}, "trajectory.fda: it is not trained in iterations"),
        ({"trajectory": {"dakpn-s": [0]}}, "trajectory.dakpn-s.0: .*greater than or equal to 1"),
        ({"trajectory": {"dakpn-s": []}}, "trajectory.dakpn-s: .*at least 1"),
        ({"methods": {"cyclegan-at-1": {"method": "fda"}}}, "cyclegan-at-1 is a method already"),
    ],
)
def test_what_cannot_be_scored_is_named(changes, message):
    with pytest.raises(InputError, match=message):
        planned(**changes)


def drawn(path, settings, inputs):
    figures.draw(settings, inputs, path)
    return texts(path)


def test_score_is_drawn_against_both_lengths_for_one_task(rows, tmp_path):
    rows.to_csv(tmp_path / "points.csv", index=False)
    pd.concat([rows, rows.assign(task="face", segmentation=3)]).to_csv(tmp_path / "both.csv", index=False)
    settings = {"kind": "trajectory", "task": "street", "labels": LABELS, "controls": CONTROLS}
    for name in ("points", "both"):
        (tmp_path / name).mkdir()
        words = drawn(tmp_path / name / "t.svg", settings, {"points": str(tmp_path / f"{name}.csv")})
    assert (tmp_path / "points/t.svg").read_bytes() == (tmp_path / "both/t.svg").read_bytes()
    assert {"iterations", "seconds of training", "mIoU on the target, percent", "A", "B", "FDA", "400"} <= set(words)
    # Of the methods that are not optimised the best one alone.
    assert "Augmented" not in words


def test_what_was_watched_has_a_figure_of_its_own_and_is_no_loss(tmp_path):
    steps = np.arange(1, 30)
    history = pd.DataFrame({"step": steps, **{name: steps / 9 for names in PANELS.values() for name in names}})
    history.to_csv(tmp_path / "history.csv", index=False)
    history.drop(columns="clipped").to_csv(tmp_path / "poor.csv", index=False)
    watched = {"kind": "diagnosis", "labels": ["S"]}
    words = drawn(tmp_path / "d.svg", watched, {"histories": str(tmp_path / "history.csv")})
    assert {"S", *PANELS, *COLOURS} <= set(words)
    with pytest.raises(InputError, match="poor.csv: it has no clipped"):
        drawn(tmp_path / "no.svg", watched, {"histories": str(tmp_path / "poor.csv")})
    words = drawn(tmp_path / "c.svg", {**watched, "kind": "curves"}, {"histories": str(tmp_path / "history.csv")})
    assert "discriminator, patches" in words and not any("hue" in word or "clipped" in word for word in words)


@pytest.mark.slow
def test_a_snapshot_scores_as_the_ordinary_translator_of_that_length(run, tmp_path):
    config = changed(tmp_path, run="smoke", tasks={"street": None}, timing={"task": "face"}, sensitivity=None)
    shutil.copytree(run, tmp_path / "copy", symlinks=True)
    snakemake(tmp_path / "copy", "trajectory", config=config)
    smoke, results = plan_of(config), tmp_path / "copy" / "results" / "smoke"
    paths = [f"score/segmentation/face/{name}/48x48/main/seed0/replicate0" for name in ("dakpn-s", "dakpn-s-at-2")]
    plain, snapshot = (ConfusionStore.load(results / path / "confusion.npz").counts for path in paths)
    assert np.array_equal(plain, snapshot) and plain.sum()
    for name in smoke.trajectory_figures:
        assert (results / "figures" / f"{name}.svg").is_file()
    assert {"cyclegan", "dakpn-s"} < set(pd.read_csv(results / "tables" / "trajectory-points.csv")["method"])
