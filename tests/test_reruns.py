"""What a finished run does again, and what it does not: after a copy, after an edit of the code or of a setting."""

import os
import random
import shutil
import time
from collections import Counter

import pytest
from copies import RUNS, copied, edit
from runs import SMOKE, changed, plan_of, planned, snakemake

from dakpn.plan.nodes import needed_files

WRITTEN = {"table", "timing_table", "supplement", "claims", "chart", "figure", "report", "all"}
"""The rules that show results, and the target."""
JUDGED = {"score", "table", "claims", "chart", "collect_rows", "report", "all"}
"""The rules behind FCN-Scores."""
METRICS, CYCLEGAN = "dakpn/evaluation/metrics.py", "baselines/adversarial.py"
WORDS = [
    (METRICS, "known = np.isfinite(values)", "known = np.isfinite(values)  # a comment"),
    (METRICS, "Mean over the last axis", "The mean over the last axis"),
    (CYCLEGAN, "then linear to almost 0", "then falling to almost 0"),
    ("dakpn/segmentation/contract.py", 'description="training iterations"', 'description="iterations of training"'),
    ("workflow/scripts/translator.py", '"""Rules translator', '"""The rules translator'),
    ("workflow/scripts/report.py", '"""Rule report', '"""The rule report'),
]


def follow(plan, stale):
    """Rule -> number of the jobs for which `stale` holds and of all that follow from them, with the target `all`."""
    found = set()
    for node in plan.jobs:  # each stands behind what it needs
        if stale(node) or any(file.node in found for file in needed_files(node.needs(plan))):
            found.add(node)
    return Counter(node.rule for node in found) + Counter(["all"])


def give_times(folder, times):
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (moment := next(times), moment))


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do(run):
    assert planned(run, "all") == {}


@pytest.mark.slow
def test_a_copied_run_and_a_fresh_clone_have_nothing_to_do(run, tmp_path):
    """The clone lies elsewhere, and its files are newer than every result."""
    shutil.copytree(run, tmp_path / "run")
    clone = copied(tmp_path / "clone", RUNS)
    give_times(clone, iter(time.time, None))
    assert planned(tmp_path / "run", "all", config=clone / "config/smoke.yaml", root=clone) == {}


@pytest.mark.slow
def test_a_copied_run_whose_files_have_other_times_has_nothing_to_do(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    days = random.Random(0)
    give_times(tmp_path / "run", iter(lambda: time.time() - 86_400 * days.random(), None))
    assert planned(tmp_path / "run", "all") == {}


@pytest.mark.slow
def test_words_for_readers_rerun_nothing(run, tmp_path):
    code = copied(tmp_path / "code", RUNS)
    for words in WORDS:
        edit(code, *words)
    assert planned(run, "all", root=code) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "expression, stale, untouched",
    [
        (
            (METRICS, "targets + predictions - right", "targets + predictions"),
            # The latter three import a module that imports the metrics; whole modules count.
            lambda node: node.rule in {"score", "shift_card", "supplement", "timing_table", "chart", "figure"},
            {"view", "encoder", "translator", "translation", "segmenter", "timing"},
        ),
        (
            (CYCLEGAN, "(scores - goal).square()", "(scores - goal).abs()"),
            lambda node: getattr(node, "method", None) == "cyclegan" or node.rule == "geometry",
            {"view", "encoder", "shift_card"},
        ),
    ],
    ids=["metrics", "cyclegan"],
)
def test_an_expression_reruns_what_computes_with_it_and_all_that_follows(run, tmp_path, expression, stale, untouched):
    code = copied(tmp_path / "code", RUNS)
    edit(code, *expression)
    jobs, expected = planned(run, "all", root=code), follow(plan_of(SMOKE), stale)
    assert jobs == expected
    assert not untouched & set(jobs) and expected["all"] < expected["score"] <= plan_of(SMOKE).counts()["score"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes, rules",
    [
        ({"methods": {"cyclegan": {"label": "Cycle"}}}, WRITTEN),
        ({"protocol": "exclude-16-image"}, WRITTEN - {"figure"}),
        ({"evaluation": {"void": "road"}}, JUDGED),
        ({"evaluation": {"face_labels": "identity"}}, JUDGED | {"passport", "view"}),
        (
            {"methods": {"cyclegan": {"cycle_weight": 5.0}}},
            JUDGED | WRITTEN | {"translator", "translation", "segmenter", "timing", "fidelity", "geometry"},
        ),
    ],
    ids=["label", "protocol", "void", "face labels", "setting"],
)
def test_a_setting_reruns_what_it_decides_and_all_that_follows(run, tmp_path, changes, rules):
    before, after = plan_of(SMOKE), plan_of(changed(tmp_path, **changes))
    known = set(before.jobs)
    jobs = planned(run, "all", config=tmp_path / "changed.yaml")
    assert jobs == follow(after, lambda node: node not in known or node.settings(after) != node.settings(before))
    assert set(jobs) == rules


@pytest.mark.slow
def test_a_deleted_table_is_rebuilt_alone(run):
    path = run / "results/smoke/tables/table3.csv"
    before = path.read_text()
    path.unlink()
    assert planned(run, "table3") == {"table": 1, "table3": 1}
    snakemake(run, "table3")
    assert path.read_text() == before
    snakemake(run, "all")
