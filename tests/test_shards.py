"""Stages that grow with the data, divided between jobs: the same files as from one, and jobs that are counted."""

import json
import runpy
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from runs import ROOT, SMOKE, changed, plan_of

from dakpn.plan import Passport, Report, Score, View
from dakpn.plan.price import JOINED, amount, disk, kinds, work
from dakpn.plan.report import lineage

DIVIDED = {stage: {"shards": 3} for stage in ("views", "translation", "evaluation")}
SCORE = Score("fcn_score", "face", "identity", "48x48", "main", 0)
"""Needs views, a translation and a judge; of 12 images in batches of 8, so that a shard has none."""


class Names(dict):
    """What scripts read by name."""

    __getattr__ = dict.__getitem__


class Inputs(Names):
    """Files by name, or all of them."""

    def __iter__(self):
        return iter([path for value in self.values() for path in (value if isinstance(value, list) else [value])])


def run(node, plan):
    """A job's script, in this process and folder."""
    output = Names({name: plan.path(node.file(name)) for name in type(node).outputs})
    for path in output.values():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    settings = json.loads(json.dumps(node.settings(plan)))
    about = {"rule": node.rule, "threads": 1, "params": Names(settings=settings), "output": output}
    wildcards = Names({name: str(value) for name, value in vars(node).items()})
    job = SimpleNamespace(input=Inputs(plan.paths(node.needs(plan))), wildcards=wildcards, **about)
    runpy.run_path(str(ROOT / f"workflow/scripts/{node.script or node.rule}.py"), {"snakemake": job})


def seconds(path):
    return json.loads(path.read_text())["seconds"]


def test_several_jobs_give_the_same_files_as_one(tmp_path, monkeypatch):
    one, three = plan_of(SMOKE), plan_of(changed(tmp_path, **DIVIDED))
    whole, divided = tmp_path / "whole", tmp_path / "divided"
    whole.mkdir()
    monkeypatch.chdir(whole)
    for node in one.upstream(SCORE):
        if not isinstance(node, Passport):
            run(node, one)
    stages = ("view", "translation", "score")
    shutil.copytree(whole, divided)
    for stage in stages:
        shutil.rmtree(divided / one.results / stage)
    monkeypatch.chdir(divided)
    for node in three.upstream(SCORE):
        if node.divided:
            run(node, three)
    files = {path.relative_to(whole) for stage in stages for path in (whole / one.results / stage).rglob("*.*")}
    assert len(files) > 40
    assert files == {p.relative_to(divided) for s in stages for p in (divided / one.results / s).rglob("*.*")}
    wrong = [f for f in files if f.name != "cost.json" and (whole / f).read_bytes() != (divided / f).read_bytes()]
    assert wrong == []
    parts = [divided / three.results / f"shards/{shard}/{SCORE.place}/cost.json" for shard in range(3)]
    assert seconds(divided / three.results / SCORE.place / "cost.json") > sum(map(seconds, parts)) > 0


def test_shards_are_further_jobs_and_no_other_job_changes(tmp_path):
    one, three = plan_of(SMOKE), plan_of(changed(tmp_path, **DIVIDED))
    further = {f"{rule}_shard": 3 * one.counts()[rule] for rule in ("view", "translation", "score")}
    assert three.counts() == one.counts() + Counter(further)
    for node in one.jobs:
        needs = node.needs(three)
        shares = [file.node for file in needs.pop("shares", [])]
        assert needs == node.needs(one) and [share.shard for share in shares] == [0, 1, 2] * bool(node.divided)
        assert isinstance(node, Report) or node.settings(three) == node.settings(one)
        for share in shares:
            assert share.temporary and share.needs(three).items() <= needs.items()
    assert lineage(three) == lineage(one)


def test_shards_are_priced(tmp_path):
    one, three = plan_of(SMOKE), plan_of(changed(tmp_path, **DIVIDED))
    assert [*kinds(three)] == [*kinds(one)]

    def images(node, plan):
        return amount(node, plan) if isinstance(node, View) else work(node, plan)["image"]

    for node in (node for node in one.jobs if node.divided):
        shares = [file.node for file in node.needs(three)["shares"]]
        saved = (1 - JOINED[node.rule]) * sum(images(share, three) for share in shares)
        assert images(node, one) - images(node, three) == pytest.approx(saved) and saved > 0
        # While they are joined, a view lies there twice.
        beside = sum(disk(share, three, None) for share in shares)
        assert beside == pytest.approx(disk(node, one, None) if isinstance(node, View) else 0)
