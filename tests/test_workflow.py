"""The real workflow on the smoke configuration, run as a user runs it, in a folder of its own."""

import json
import shutil
import subprocess

import pandas as pd
import pytest
import yaml
from runs import COMMAND, ROOT, SMOKE, killed, planned, snakemake

from dakpn.data.passport import passport_hash
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import scores

CONTROLS = ["Source (untranslated)", "Colour transfer", "Histogram matching", "FDA", "DA-KPN, one theta"]


def changed(folder, edit):
    """The smoke configuration with one change, as a file."""
    content = yaml.safe_load(SMOKE.read_text())
    edit(content)
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def faces_only(content, **face):
    """Leave out streets and all that speaks of them; face: changed keys of the task."""
    content["tasks"] = {"face": {**content["tasks"]["face"], **face}}
    content["timing"]["task"] = "face"
    content["sensitivity"] = []


def table(run, number):
    return pd.read_csv(run / f"results/smoke/tables/table{number}.csv", dtype={"resolution": str})


@pytest.mark.slow
def test_all_tables_exist_in_four_formats(run):
    for number in range(1, 7):
        for kind in ("csv", "md", "tex", "html"):
            assert (run / f"results/smoke/tables/table{number}.{kind}").stat().st_size > 0


@pytest.mark.slow
@pytest.mark.parametrize("number, rows", [(1, 21), (2, 15), (3, 30), (4, 12), (5, 9), (6, 4)])
def test_every_reported_number_is_there(run, number, rows):
    assert (table(run, number)["source"] == "reported").sum() == rows


@pytest.mark.slow
@pytest.mark.parametrize(
    "number, methods",
    [
        (1, ["Source (untranslated)", "CycleGAN", "VSAIT", "DA-KPN-S", "DA-KPN-T"]),
        (2, ["CycleGAN", "VSAIT", "DA-KPN"]),
        (3, ["Source (untranslated)", "CycleGAN", "VSAIT", "DA-KPN-S", "DA-KPN-T", "Target"]),
        (4, [*CONTROLS, "CycleGAN", "VSAIT", "DA-KPN-S", "DA-KPN-T", "Target"]),
        (5, [*CONTROLS, "CycleGAN", "VSAIT", "DA-KPN-S", "DA-KPN-T"]),
        (6, ["DA-KPN-T full", "DA-KPN-T -blur", "DA-KPN-T -noise", "DA-KPN-T -affine"]),
    ],
)
def test_every_method_is_measured(run, number, methods):
    found = table(run, number).query("source == 'measured' and metric != 'peak_memory'")
    measured = found.dropna(subset="value")
    assert set(methods) <= set(measured["method"])
    percent = measured[measured["unit"] == "percent"]
    assert percent["value"].between(0, 100).all()
    assert (percent["ci_low"] <= percent["ci_high"]).all()


@pytest.mark.slow
def test_both_resolutions_of_table_3_are_measured(run):
    measured = table(run, 3).query("source == 'measured'")
    assert measured.groupby("resolution")["value"].count().to_dict() == {"512x512": 18, "720x1280": 18}


@pytest.mark.slow
def test_methods_that_do_not_exist_here_are_not_run(run):
    found = table(run, 1).query("method == 'SRUNIT' and source == 'measured'")
    assert found["value"].isna().all() and (found["seeds"] == 0).all()


@pytest.mark.slow
def test_scores_follow_from_the_confusion_store(run):
    folder = run / "results/smoke/score/segmentation/street/cyclegan/48x80/seed0"
    rows = pd.read_csv(folder / "scores.csv").query("protocol == 'paper'").set_index("metric")["value"]
    store = ConfusionStore.load(folder / "confusion.npz")
    assert len(store.ids) == 4
    assert rows["mIOU"] == pytest.approx(100 * scores(store.counts, classes=range(19)).mean_iou)


@pytest.mark.slow
def test_every_method_of_both_tasks_has_its_certificate(run):
    rows = pd.read_csv(run / "results/smoke/rows/geometry.csv").pivot_table("value", ["task", "method"], "metric")
    methods = yaml.safe_load(SMOKE.read_text())["tasks"]
    for name, task in methods.items():
        for method in (*task["methods"], *task.get("ablations", [])):
            line = rows.loc[(name, method)]
            assert line[["reach", "edge_shift", "semantic_flip"]].notna().all()
            # Two iterations leave DA-KPN's blur narrow: theta held fixed, its window of 12 pixels is not left.
            assert pd.isna(line["reach_fixed"]) == (not method.startswith("dakpn-") or method == "dakpn-global")
            assert pd.isna(line["reach_fixed"]) or line["reach_fixed"] <= 12
        assert rows.loc[(name, "identity"), ["reach", "edge_shift"]].tolist() == [0, 0]
    table = pd.read_csv(run / "results/smoke/tables/geometry.csv")
    assert {"FDA", "DA-KPN-S", "Target"} <= set(table["method"])


@pytest.mark.slow
def test_gaps_follow_from_the_scores_and_small_ones_give_no_share(run):
    table = pd.read_csv(run / "results/smoke/tables/gap.csv").set_index(["task", "resolution", "metric", "method"])
    scores = pd.read_csv(run / "results/smoke/rows/scores.csv").query("kind == 'segmentation' and protocol == 'paper'")
    scores = scores.pivot_table("value", ["task", "resolution", "metric"], "method")
    gap = scores["target"] - scores["identity"]
    assert len(gap) == 9
    for place, points in gap.items():
        assert table.loc[(*place, "Gap in points"), "value"] == pytest.approx(points, abs=1e-6)
        # Two iterations train nothing: where the gap is under a point, no share is given.
        assert abs(points) > 1 or pd.isna(table.loc[(*place, "VSAIT"), "value"])


@pytest.mark.slow
def test_parameters_are_the_papers(run):
    rows = pd.read_csv(run / "results/smoke/rows/timing.csv").set_index(["method", "metric"])["value"]
    assert rows["cyclegan", "params_training"] == pytest.approx(28.285832)
    assert rows["vsait", "params_training"] == pytest.approx(65.491524)
    assert rows["dakpn-s", "params_trainable"] == pytest.approx(2.765873)


@pytest.mark.slow
def test_every_training_job_has_its_cost_and_device(run):
    costs = pd.read_csv(run / "results/smoke/rows/costs.csv")
    assert set(costs["stage"]) == {
        "encoder",
        "translator",
        "translation",
        "segmenter",
        "score",
        "fidelity",
        "geometry",
        "shift_card",
    }
    assert (costs["seconds"] > 0).all() and costs["device"].notna().all()


@pytest.mark.slow
def test_report_stands_alone_and_shows_everything(run):
    page = (run / "reports/smoke/index.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page
    for number in range(1, 7):
        assert f"Table {number}" in page
    assert page.count("data:image/png;base64,") >= 7
    record = json.loads((run / "results/smoke/provenance.json").read_text())
    assert record["seeds"] == [0] and record["versions"]["torch"] and len(record["data"]) == 6
    passport = json.loads((run / "results/smoke/passport/face/target-train.json").read_text())
    assert record["passports"]["face/target-train"] == passport_hash(passport) and len(record["passports"]) == 6
    assert page.count(passport_hash(passport)[:12]) == 1


@pytest.mark.slow
def test_every_table_of_scores_has_its_differences_and_its_multiverse_in_the_report(run):
    page = (run / "reports/smoke/index.html").read_text()
    assert "Smallest mIOU gap that this run could resolve at 48x80" in page
    for number in (1, 3, 4, 5, 6):
        shown = pd.read_csv(run / f"results/smoke/tables/multiverse{number}.csv")
        assert list(dict.fromkeys(shown["protocol"]))[:2] == ["paper", "released"]
        assert len(pd.read_csv(run / f"results/smoke/tables/differences{number}.csv")) > 0
        assert f"Differences within Table {number}" in page and f"Table {number} under every protocol" in page


@pytest.mark.slow
def test_verify_accepts_a_run_and_names_the_cell_of_an_altered_count(run):
    stores = list((run / "results/smoke/score").rglob("confusion.npz"))
    assert f"follow from {len(stores)} confusion stores" in snakemake(run, "verify")
    path = run / "results/smoke/score/segmentation/street/cyclegan/48x80/seed0/confusion.npz"
    before = path.read_bytes()
    store = ConfusionStore.load(path)
    store.counts[0, 0, 1] += 1
    store.save(path)
    text = snakemake(run, "verify", check=False)
    path.write_bytes(before)
    assert "ERROR: results/smoke/tables/table3.csv: CycleGAN, 720x1280, pxAcc" in text and "Traceback" not in text


@pytest.mark.slow
def test_verify_without_a_run_says_so(tmp_path):
    text = snakemake(tmp_path, "verify", check=False)
    assert "ERROR: results/smoke: holds no provenance.json" in text


@pytest.mark.slow
def test_another_protocol_scores_nothing_again_and_another_pass_trains_nothing(run, tmp_path):
    jobs = planned(run, "all", config=changed(tmp_path, lambda c: c.update(protocol="exclude-16-image")))
    assert jobs["table"] == 6 and not {"score", "segmenter", "view"} & set(jobs)
    judged = {task: len(list((run / f"results/smoke/score/fcn_score/{task}").iterdir())) for task in ("street", "face")}
    jobs = planned(run, "all", config=changed(tmp_path, lambda c: c.update(evaluation={"void": "road"})))
    assert jobs["score"] == judged["street"] and not {"segmenter", "translation", "view"} & set(jobs)
    jobs = planned(run, "all", config=changed(tmp_path, lambda c: c.update(evaluation={"face_labels": "identity"})))
    assert jobs["score"] == judged["face"] and jobs["view"] == 1 and not {"segmenter", "translation"} & set(jobs)


@pytest.mark.slow
def test_fcn_scores_can_be_measured_on_a_split_of_the_source_with_unmapped_labels(tmp_path):
    def only_faces(content):
        faces_only(content, methods=["identity"])
        content["tasks"]["face"]["source"]["train"] = "all"
        content["evaluation"] = {"face_labels": "identity", "splits": {"face": "val"}}

    snakemake(tmp_path, "table5", config=changed(tmp_path, only_faces))
    results = tmp_path / "results/smoke"
    store = ConfusionStore.load(results / "score/fcn_score/face/identity/48x48/seed0/confusion.npz")
    truth = pd.read_csv(results / "view/face/source-scored/index.csv", dtype=str)
    assert list(store.ids) == truth["id"].tolist()
    assert len(store.ids) < len(pd.read_csv(results / "view/face/source-train/index.csv"))
    assert json.loads((results / "view/face/source-scored/view.json").read_text())["options"]["label_map"] == "identity"


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do(run):
    assert planned(run, "all") == {}


@pytest.mark.slow
def test_a_deleted_table_is_rebuilt_alone(run):
    path = run / "results/smoke/tables/table3.csv"
    before = path.read_text()
    path.unlink()
    assert planned(run, "table3") == {"table": 1, "table3": 1}
    snakemake(run, "table3")
    assert path.read_text() == before
    snakemake(run, "all")


@pytest.mark.slow
def test_a_changed_method_reruns_its_descendants_and_nothing_else(run, tmp_path):
    config = changed(tmp_path, lambda c: c["methods"]["cyclegan"].update(cycle_weight=5.0))
    jobs = planned(run, "all", config=config)
    # Two tasks: one translator each, three segmenters, three segmentation scores and two FCN-Scores.
    expected = {
        "translator": 2,
        "translation": 2,
        "segmenter": 3,
        "score": 5,
        "timing": 1,
        "fidelity": 2,
        "geometry": 2,
    }
    assert {rule: jobs[rule] for rule in expected} == expected
    assert not {"procedural_data", "view", "encoder", "shift_card"} & set(jobs)


@pytest.mark.slow
def test_a_single_table_runs_only_what_it_needs(tmp_path):
    jobs = planned(tmp_path, "table4")
    assert jobs["table"] == 1 and jobs["segmenter"] == 10 and jobs["translator"] == 8
    assert "timing" not in jobs and "fidelity" not in jobs


@pytest.mark.slow
def test_sensitivity_runs_a_method_and_its_changed_self_and_is_not_part_of_all(tmp_path):
    expected = {"encoder": 1, "translator": 2, "translation": 2, "segmenter": 2, "score": 2, "sensitivity": 1}
    jobs = planned(tmp_path, "sensitivity")
    assert {rule: jobs.get(rule) for rule in expected} == expected
    assert "sensitivity" not in planned(tmp_path, "all")


@pytest.mark.slow
def test_a_switch_of_the_encoder_trains_one_more_encoder(tmp_path):
    config = changed(tmp_path, lambda c: c["sensitivity"][0].update(section="encoder", changes={"flip": False}))
    assert planned(tmp_path, "sensitivity", config=config)["encoder"] == 2


@pytest.mark.slow
def test_the_ledger_has_both_verdicts_of_every_claim(run):
    rows = pd.read_csv(run / "results/smoke/tables/claims.csv").query("kind == 'claim'")
    assert set(rows["paper"]) == {"consistent", "contradicted", "no data"}
    # One seed decides nothing but what is counted exactly.
    decided = rows[~rows["run"].isin(["inconclusive", "not run"])]
    assert set(decided["id"]) == {"intro-lightweight-inference"} and (rows["judged"] > 0).all()
    assert "section-claims" in (run / "reports/smoke/index.html").read_text()


@pytest.mark.slow
def test_same_seed_gives_the_same_numbers_killed_and_divided(run, tmp_path):
    def only_faces(content):
        content["translation"] = {"shards": 2}
        faces_only(content, methods=["identity", "dakpn-s"])

    config = changed(tmp_path, only_faces)
    killed(tmp_path, "table4", config=config, after="results/smoke/encoder/face/*/seed0/weights.safetensors")
    assert not (tmp_path / "results/smoke/tables/table4.csv").exists()
    snakemake(tmp_path, "table4", config=config)
    name = "results/smoke/score/segmentation/face/dakpn-s/48x48/seed0/scores.csv"
    assert (tmp_path / name).read_text() == (run / name).read_text()


@pytest.mark.slow
def test_seeds_are_an_axis(tmp_path):
    config = changed(tmp_path, lambda c: c.update(seeds=[0, 1, 2]))
    assert planned(tmp_path, "table4", config=config)["segmenter"] == 30


@pytest.mark.slow
@pytest.mark.parametrize(
    "edit, message",
    [
        (lambda c: c.update(seedz=[1]), "seedz: no such key. Did you mean seeds"),
        (lambda c: c["methods"].update(vsaid={}), "methods.vsaid: no such method. Did you mean vsait"),
        (
            lambda c: c["sensitivity"][0].update(changes={"updat": "reversal"}),
            "sensitivity.reversal.changes.updat: no such key. Did you mean update",
        ),
    ],
)
def test_a_misspelt_configuration_stops_in_one_line(tmp_path, edit, message):
    text = snakemake(tmp_path, "all", config=changed(tmp_path, edit), check=False)
    assert message in text and "Traceback" not in text
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_a_missing_data_root_is_named_and_nothing_is_left(tmp_path):
    config = changed(tmp_path, lambda c: c["tasks"]["street"]["source"].update(root="no/such/gta"))
    text = snakemake(tmp_path, "results/smoke/view/street/source-train", config=config, check=False)
    assert "ERROR: no/such/gta" in text
    assert not (tmp_path / "results/smoke/view/street/source-train").exists()


@pytest.mark.slow
def test_an_unreadable_image_is_named_and_nothing_is_left(run, tmp_path):
    shutil.copytree(run / "results/smoke/data/gta5", tmp_path / "gta")
    broken = sorted((tmp_path / "gta/images").glob("*.png"))[0]
    broken.write_bytes(broken.read_bytes()[:100])
    config = changed(tmp_path, lambda c: c["tasks"]["street"]["source"].update(root=str(tmp_path / "gta"), train="all"))
    text = snakemake(tmp_path, "results/smoke/view/street/source-train", config=config, check=False)
    assert f"ERROR: {broken}" in text
    assert not (tmp_path / "results/smoke/view/street/source-train").exists()


@pytest.mark.slow
def test_the_doctor_names_a_file_that_changed_by_one_byte(run, tmp_path):
    shutil.copytree(run / "results/smoke/data/celebamask-hq", tmp_path / "faces")
    target = "results/smoke/doctor/face/target-train/passport.json"
    folder = (tmp_path / target).parent

    def faces(content, **target):
        faces_only(content)
        content["tasks"]["face"]["target"].update(root=str(tmp_path / "faces"), allow_partial=True, **target)

    snakemake(tmp_path, target, config=changed(tmp_path, faces))
    passport = json.loads((folder / "passport.json").read_text())
    assert passport["form"] == "full" and passport["counts"]["release"] == 24183
    (folder / "manifest.csv").rename(tmp_path / "manifest.csv")
    victim = sorted((tmp_path / "faces/CelebA-HQ-img").iterdir())[0]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    config = changed(tmp_path, lambda c: faces(c, manifest=str(tmp_path / "manifest.csv")))
    text = snakemake(tmp_path, "doctor", config=config, check=False)
    assert f"ERROR: {tmp_path / 'faces'}" in text and f"CelebA-HQ-img/{victim.name}" in text
    assert (folder / "passport.json").exists() and "Traceback" not in text


@pytest.mark.slow
def test_a_gpu_that_is_demanded_and_missing_stops_the_job(run, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    config = changed(tmp_path, lambda c: c.update(device="cuda"))
    target = "results/smoke/encoder/face/source/seed0/weights.safetensors"
    text = snakemake(tmp_path, target, config=config, check=False)
    assert "device: cuda is demanded but no GPU is visible" in text
    assert not (tmp_path / target).exists()


@pytest.mark.slow
def test_snakemakes_own_report_works(run):
    snakemake(run, "--report", str(run / "snakemake.html"))
    assert (run / "snakemake.html").stat().st_size > 1e6


@pytest.mark.slow
def test_a_bare_target_needs_no_options(tmp_path):
    """The default profile gives cores and resources; Snakemake finds it beside the Snakefile only."""
    words = [COMMAND, "--directory", str(tmp_path), "--configfile", str(SMOKE), "-n", "table1"]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr[-2000:]
    assert "profiles/default" in found.stdout + found.stderr
