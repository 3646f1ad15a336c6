"""What a finished run of the smoke configuration holds."""

import hashlib
import json
import re
import subprocess
from collections import Counter

import pandas as pd
import pytest
from runs import COMMAND, ROOT, SMOKE, changed, faces, plan_of, snakemake

from dakpn.data.passport import passport_hash
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import scores
from dakpn.plan import Score
from dakpn.plan.data import PARTS

PLAN = plan_of(SMOKE)
CONTROLS = ["Source (untranslated)", "Colour transfer", "Histogram matching", "FDA", "DA-KPN, one theta"]


def table(run, number):
    return pd.read_csv(run / f"results/smoke/tables/table{number}.csv", dtype={"resolution": str})


def read_ids(view):
    return pd.read_csv(view / "index.csv", dtype=str)["id"].tolist()


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
    folder = run / "results/smoke" / Score("segmentation", "street", "cyclegan", "48x80", "main", 0).place
    rows = pd.read_csv(folder / "scores.csv").query("protocol == 'paper'").set_index("metric")["value"]
    store = ConfusionStore.load(folder / "confusion.npz")
    assert len(store.ids) == 4
    assert rows["mIOU"] == pytest.approx(100 * scores(store.counts, classes=range(19)).mean_iou)


@pytest.mark.slow
def test_every_method_of_both_tasks_has_its_certificate(run):
    rows = pd.read_csv(run / "results/smoke/rows/geometry.csv").pivot_table("value", ["task", "method"], "metric")
    for name in PLAN.configuration.tasks:
        for method in (method for method in PLAN.methods(name) if not PLAN.instances[method].segmenter):
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
    gap = scores["oracle"] - scores["identity"]
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
    assert costs["stage"].value_counts().to_dict() == Counter(node.rule for node in PLAN.costly)
    assert {"encoder", "translator", "translation", "segmenter", "score"} <= set(costs["stage"])
    assert (costs["seconds"] > 0).all() and costs["device"].notna().all()


@pytest.mark.slow
def test_report_stands_alone_and_shows_everything(run):
    page = (run / "reports/smoke/index.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page
    assert len(page) < 4e6 and all(f"Table {number}" in page for number in range(1, 7))
    scenes = 4 * sum(not PLAN.instances[name].segmenter for task in PLAN.tasks for name in PLAN.methods(task, False))
    assert page.count("data:image/webp;base64,") >= scenes
    assert all(f"Scene {name} under FDA" in page for name in read_ids(run / "results/smoke/view/face/source-train")[:4])
    record = json.loads((run / "results/smoke/provenance.json").read_text())
    assert record["seeds"] == [0] and record["versions"]["torch"]
    assert len(record["data"]) == len(record["passports"]) == len(PARTS) * len(PLAN.configuration.tasks)
    passport = json.loads((run / "results/smoke/passport/face/target-train.json").read_text())
    assert record["passports"]["face/target-train"] == passport_hash(passport)
    assert page.count(passport_hash(passport)[:12]) == 1


@pytest.mark.slow
def test_every_table_of_scores_has_its_differences_and_its_multiverse_in_the_report(run):
    page = (run / "reports/smoke/index.html").read_text()
    assert "provisional: one seed" in page and "Smallest mIOU gap" not in page and "share a letter" not in page
    for number in (1, 3, 4, 5, 6):
        shown = pd.read_csv(run / f"results/smoke/tables/table{number}-multiverse.csv")
        assert list(dict.fromkeys(shown["protocol"]))[:2] == ["paper", "released"]
        assert f"Table {number} under every protocol" in page
    compared = pd.read_csv(run / "results/smoke/tables/table4-differences.csv").query("metric == 'mIOU'")
    matrix = page[page.index('id="section-table4"') : page.index('id="section-table5"')].split('class="matrix"')[1]
    assert matrix.split("</table>")[0].count('class="o-provisional"') == len(compared)


@pytest.mark.slow
def test_every_measured_cell_of_the_report_opens_its_lineage(run):
    page = (run / "reports/smoke/index.html").read_text()
    opened = set(re.findall(r'<a class="opens" href="#(why-.*?)">', page))
    assert opened == set(re.findall(r'<article id="(why-.*?)">', page)) and len(opened) == len(
        {c[:3] for c in PLAN.cells}
    )
    chain = page.split('<article id="why-table3-cyclegan-720x1280">')[1].split("</article>")[0]
    files = re.findall(r'<code>(results/.*?)</code></td><td class="hash"><code>(.*?)<', chain)
    kept = [(run / file, digest) for file, digest in files if digest]
    assert len(kept) > 4 and all(hashlib.sha256(f.read_bytes()).hexdigest().startswith(digest) for f, digest in kept)
    steps = re.findall(r'<th scope="row">(.*?)<', chain)
    assert steps[-4:] == ["translation", "segmenter", "view", "score"] and "translator" in steps


@pytest.mark.slow
def test_verify_accepts_a_run_and_names_the_cell_of_an_altered_count(run):
    stores = list((run / "results/smoke/score").rglob("confusion.npz"))
    assert f"follow from {len(stores)} stores" in snakemake(run, "verify")
    path = run / PLAN.path(Score("segmentation", "street", "cyclegan", "48x80", "main", 0).file("confusion"))
    before = path.read_bytes()
    store = ConfusionStore.load(path)
    store.counts[0, 0, 1] += 1
    store.save(path)
    text = snakemake(run, "verify", check=False)
    path.write_bytes(before)
    assert "ERROR: results/smoke/tables/table3.csv: CycleGAN, 720x1280, pxAcc" in text and "Traceback" not in text


@pytest.mark.slow
def test_fcn_scores_can_be_measured_on_a_split_of_the_source_with_unmapped_labels(tmp_path):
    evaluation = {"face_labels": "identity", "splits": {"face": "val"}}
    everything = faces(methods=["identity"], source={"train": "all"})
    config = changed(tmp_path, evaluation=evaluation, **everything)
    snakemake(tmp_path, "table5", config=config)
    results, score = tmp_path / "results/smoke", Score("fcn_score", "face", "identity", "48x48", "main", 0)
    store = ConfusionStore.load(results / score.file("confusion").path)
    truth = pd.read_csv(results / "view/face/source-scored/index.csv", dtype=str)
    assert list(store.ids) == truth["id"].tolist()
    assert len(store.ids) < len(pd.read_csv(results / "view/face/source-train/index.csv"))
    assert json.loads((results / "view/face/source-scored/view.json").read_text())["options"]["label_map"] == "identity"


@pytest.mark.slow
def test_the_ledger_has_both_verdicts_of_every_claim(run):
    rows = pd.read_csv(run / "results/smoke/tables/claims.csv").query("kind == 'claim'")
    assert set(rows["paper"]) == {"consistent", "contradicted", "no data"}
    # One seed decides nothing but what is counted exactly.
    decided = rows[~rows["run"].isin(["inconclusive", "not run"])]
    assert set(decided["id"]) == {"intro-lightweight-inference"} and (rows["judged"] > 0).all()
    assert "section-claims" in (run / "reports/smoke/index.html").read_text()


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
