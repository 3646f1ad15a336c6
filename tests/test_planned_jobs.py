"""The jobs that Snakemake sees are those of the plan, whatever lies in the folder, and each knows its code."""

import re
from collections import Counter
from types import SimpleNamespace

import pytest
from runs import ROOT, SMOKE, changed, plan_of, planned, workflow

from dakpn.plan import DataAudit
from dakpn.plan.data import PARTS
from dakpn.plan.figures import figure_files
from dakpn.plan.nodes import needed_files
from dakpn.plan.training import Translator
from workflow.ask import REGISTRIES, Ask
from workflow.code_identity import code_of

CONFIGS = {path.stem: path for path in (ROOT / "config").glob("*.yaml")}
TARGETS = ["all", *(f"table{number}" for number in range(1, 7))]
TARGETS += ["claims", "figures", "report", "sensitivity", "trajectory"]
TARGETS_FILE = ROOT / "workflow/rules/targets.smk"
CODELESS = {
    "verify": "has no output, so it runs whenever it is asked for",
    "doctor": "has no output, so it runs whenever it is asked for",
    "price": "has no output, so it runs whenever it is asked for",
    "status": "has no output, so it runs whenever it is asked for",
    "reference": "copies files and computes nothing",
}
"""Rules whose script may change without making a result stale, and why."""


def nodes_of(plan, target):
    """What stands behind a target; nothing stands for `all`."""
    if target == "figures":
        return [file.node for file in figure_files(plan.figures).values()]
    if target == "trajectory":
        return [plan.trajectory, *(file.node for file in figure_files(plan.trajectory_figures).values())]
    tables = [table for table in plan.tables if table.name == target]
    return tables or {"claims": [plan.claims], "sensitivity": [plan.sensitivity]}.get(target, [])


@pytest.fixture(autouse=True)
def own_environment(monkeypatch):
    """Parsing the workflow tells jobs about cores."""
    monkeypatch.setenv("DAKPN_CORES", "1")


@pytest.mark.slow
@pytest.mark.parametrize("name, target", [(n, "all") for n in sorted(CONFIGS)] + [("smoke", t) for t in TARGETS[1:]])
def test_snakemake_sees_the_jobs_of_the_plan(tmp_path, name, target):
    """Roots that do not exist change nothing: no data are looked at before a job does."""
    plan, (_, jobs) = plan_of(CONFIGS[name]), workflow(tmp_path, target, config=CONFIGS[name])
    nodes = nodes_of(plan, target)
    assert Counter(job.rule.name for job in jobs) == plan.counts(*nodes) | Counter({target: 1})
    seen = {path: set(job.input) for job in jobs for path in job.output}
    for node in plan.upstream(*nodes):
        needs = {plan.path(file) for file in needed_files(node.needs(plan))}
        assert all(seen[plan.path(node.file(output))] == needs for output in type(node).outputs)


@pytest.mark.parametrize(
    "device, sent_away, gpu_here, asked",
    [
        ("auto", False, True, 1),
        ("auto", False, False, 0),
        ("auto", True, False, 1),
        ("cpu", True, True, 0),
        ("cuda", False, False, 1),
    ],
)
def test_gpus_are_asked_for_where_jobs_run(tmp_path, monkeypatch, device, sent_away, gpu_here, asked):
    """Where they run is known after the rules were read, so what a rule holds is a function."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: gpu_here)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    running = SimpleNamespace(cores=8, local_exec=True, global_resources={})
    ask = Ask(plan_of(changed(tmp_path, device=device)), running)
    gpus, threads = ({kind: of(kind) for kind in ask.kinds} for of in (ask.gpus, ask.threads))
    running.local_exec = not sent_away
    assert {gpus[kind](None) for kind in ask.kinds if kind.gpu} == {asked}
    assert {gpus[kind](None) for kind in ask.kinds if not kind.gpu} == {0}
    found = {kind.threads: threads[kind](None) for kind in ask.kinds}
    assert found == {"one": 1, "half": 4, "share": 4 if asked else 2, "all": 8}


@pytest.mark.slow
def test_a_dry_run_counts_the_same_jobs(tmp_path):
    assert planned(tmp_path, "all") == plan_of(SMOKE).counts() | Counter({"all": 1})


@pytest.mark.slow
def test_a_table_of_scores_waits_for_no_timing_and_seeds_multiply_what_is_trained(tmp_path):
    one, three = plan_of(SMOKE), plan_of(changed(tmp_path, seeds=[0, 1, 2]))
    _, jobs = workflow(tmp_path, "table4", config=tmp_path / "changed.yaml")
    found, single = Counter(job.rule.name for job in jobs), one.counts(*nodes_of(one, "table4"))
    assert found == three.counts(*nodes_of(three, "table4")) | Counter({"table4": 1})
    assert found["segmenter"] == 3 * single["segmenter"] and found["view"] == single["view"]
    assert not {"timing", "fidelity", "geometry"} & set(found)


@pytest.mark.slow
def test_a_finished_run_has_the_same_jobs_as_an_empty_folder(run, tmp_path):
    """Nothing that a run writes decides what it consists of."""
    found = []
    for folder in (run, tmp_path):
        _, jobs = workflow(folder, "all")
        found.append(
            {
                (job.rule.name, *sorted(job.output)): (sorted(job.input), dict(job.params.items()), sorted(job.log))
                for job in jobs
            }
        )
    assert found[0] == found[1]


def test_a_training_takes_as_many_devices_as_divide_its_batch(tmp_path):
    plan = plan_of(changed(tmp_path, devices=4, methods={"cyclegan": {"batch": 6}}))
    taken = {node.method: node.devices(plan) for node in plan.jobs if isinstance(node, Translator)}
    batches = {name: plan.instances[name].settings.get("batch", 1) for name in taken}
    assert batches["cyclegan"] == 6 and taken["cyclegan"] == 2
    assert all(batches[name] % own == 0 and 4 % own == 0 for name, own in taken.items())
    assert {node.devices(plan) for node in plan.jobs if node.rule in ("score", "translation", "timing")} == {1}


@pytest.mark.slow
def test_every_rule_names_the_code_that_it_runs(tmp_path):
    """What a script computes with, and that its imports are followed, is tested in test_code_identity."""
    network = {"network": "small", "width": 2, "iterations": 1, "batch": 2}
    divided = {stage: {"shards": 2} for stage in ("views", "translation", "evaluation")}
    more = {**divided, "segmenters": {"other": network}}
    config = changed(tmp_path, **more, tasks={"face": {"segmenters": ["main", "other"]}})
    measured = tmp_path / "results/benchmark/device.csv"
    measured.parent.mkdir(parents=True)
    measured.touch()
    rules, jobs = workflow(tmp_path, "all", "sensitivity", "trajectory", "doctor", config=config)
    scripts = {rule.name: rule for rule in rules if rule.is_run}
    # Named in the rule's call where its parameters do not name it.
    said = dict(re.findall(r'rule (\w+):\n(?:(?!rule ).*\n)*?.* execute\(\s*"(\w+)"', TARGETS_FILE.read_text()))
    assert {name for name, rule in scripts.items() if "code" not in rule.params.keys()} == set(CODELESS)
    assert set(scripts) - {job.rule.name for job in jobs} == {"verify", "reference", "trial", "price", "status"}

    plan = plan_of(config)
    audits = [DataAudit(task, part) for task in plan.configuration.tasks for part in PARTS]
    drawn = nodes_of(plan, "trajectory")
    known = [*plan.upstream(*plan.jobs, plan.sensitivity, *drawn), *audits]
    nodes = {plan.path(node.file(name)): node for node in known for name in type(node).outputs}
    for job in jobs:
        if job.rule.name in set(scripts) - set(CODELESS):
            script = f"workflow/scripts/{said.get(job.rule.name) or job.params.script}.py"
            used = {} if job.rule.name == "benchmark_table" else nodes[job.output[0]].registered(plan)
            only = {REGISTRIES[name]: sorted(keys) for name, keys in used.items()}
            assert job.params.code == code_of(script, only), job.rule.name
