"""The price of a run: which jobs are alike, what they take, and how long all of them do on some cores."""

import json
from types import SimpleNamespace

import pytest
import torch
from runs import ROOT, SMOKE, changed, plan_of, planned, snakemake

from baselines import METHODS
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.efficiency.computation import build_translator
from dakpn.efficiency.job_costs import MARK
from dakpn.efficiency.price import BETWEEN, OPENING, START, Job, error_note, stage_rows, wall_time
from dakpn.efficiency.trial import invented_view, network_trial, timing_trial, translation_trial, translator_trial
from dakpn.plan.figures import Figure
from dakpn.plan.nodes import threads
from dakpn.plan.price import count, jobs_of, kinds, likeness, tried_as
from dakpn.plan.training import Segmenter, Translator
from dakpn.segmentation.registry import resolve
from workflow.ask import Ask


def job(place, *needs, seconds=10.0, threads=1, gpu=0):
    return Job(place, "rule", needs, threads, gpu, seconds, "trial", 1e6)


def seconds_of(jobs, cores, gpus=0):
    return wall_time(jobs, cores, gpus) - OPENING


def test_jobs_side_by_side_wait_for_cores_for_gpus_and_for_what_they_need():
    four = [job(name) for name in "abcd"]
    each = 10 + BETWEEN
    assert [seconds_of(four, cores) for cores in (1, 2, 3, 4)] == pytest.approx([4 * each, 2 * each, 2 * each, each])
    chain = [job("a"), job("b", "a"), job("c", "b", "gone"), job("d")]
    assert seconds_of(chain, 8) == pytest.approx(3 * each)
    assert seconds_of([job(name, gpu=1) for name in "abcd"], 8, gpus=2) == pytest.approx(2 * each)
    # What wants more than there is takes all there is.
    assert seconds_of([job("a", threads=8), job("b")], 2) == pytest.approx(2 * each)
    assert wall_time([], 2, 0) == 0


def test_on_a_host_with_gpus_a_job_for_each_of_them_has_cores():
    assert [threads("share", 16, 16, gpus) for gpus in (0, 1, 4, 32)] == [1, 8, 3, 1]
    jobs = [job(name, gpu=1, threads=threads("share", 16, 16, 4)) for name in "abcd"]
    assert seconds_of(jobs, 16, gpus=4) == pytest.approx(10 + BETWEEN)


def test_hours_are_those_of_cores_or_of_gpus():
    first, second = stage_rows([job("a", threads=2), job("b", seconds=20), job("c", gpu=1)._replace(rule="other")])
    assert (first["jobs"], first["longest"], first["core_hours"], first["gpu_hours"]) == (2, 20, 40 / 3600, 0)
    assert (second["core_hours"], second["gpu_hours"], second["disk"]) == (0, 10 / 3600, 1e6)


def test_seeds_and_methods_share_a_trial_where_they_do_the_same(tmp_path):
    one, three = plan_of(SMOKE), plan_of(changed(tmp_path, seeds=[0, 1, 2]))
    assert [*kinds(one)] == [*kinds(three)]
    faces = [node for node in one.jobs if getattr(node, "task", "") == "face"]
    judged = [node for node in faces if isinstance(node, Segmenter)]
    assert len({tried_as(node, one) for node in judged}) == len({str(node.section(one)) for node in judged}) == 3
    trained = [tried_as(node, one) for node in faces if isinstance(node, Translator)]
    assert len(set(trained)) == len(trained) > 5


def test_records_count_more_than_trials_and_amounts_scale_both(tmp_path):
    short, long = (
        plan_of(changed(tmp_path, **{"segmenters": {"main": {"iterations": steps}}})) for steps in (100, 300)
    )
    trial = {"step": 0.1, "image": 0.0, "setup": 0.0, "timing": 1.0, "bytes": 5.0, "speed": 1.0}
    everything = {long.path(node.file(name)) for node in long.jobs for name in type(node).outputs}

    def priced(plan, spans=None, waiting=everything):
        trials = dict.fromkeys(kinds(plan), trial)
        return {job.place: job for job in jobs_of(plan, waiting, trials, spans or {}, cores=2, gpus=0)}

    node = next(node for node in long.jobs if isinstance(node, Segmenter))
    assert [priced(plan)[node.place].seconds for plan in (short, long)] == pytest.approx([START + 10, START + 30])
    assert len(priced(long)) == len(long.jobs) and sum(job.gpu for job in priced(long).values()) == 0
    other = next(n for n in long.jobs if n != node and likeness(n, long) == likeness(node, long))
    found = priced(long, {other: START + 60.0}, {long.path(node.file("weights"))})
    assert {place: (job.seconds, job.basis) for place, job in found.items()} == {
        node.place: (pytest.approx(START + 60), "record")
    }


def test_data_that_are_not_there_have_as_many_images_as_their_release():
    plan = plan_of(ROOT / "config/paper.yaml")
    assert count(plan, "street", "source-train") == 24966 and count(plan, "street", "target-train") == 2975


def test_trials_time_every_kind_of_work(tmp_path, monkeypatch):
    monkeypatch.setattr("dakpn.efficiency.trial.SECONDS", 0.1)
    device = torch.device("cpu")
    view = invented_view(tmp_path, LABEL_SPACES["cityscapes"], (48, 80), (24, 40), 4)
    config = resolve({"network": "small", "width": 2, "iterations": 1, "batch": 2})
    found = network_trial(config, view, (48, 80), device)
    settings = {"iterations": 1, "batch": 2, "grid": 2, "discriminator_width": 2}
    method, shape = METHODS["dakpn"], {"image_size": (48, 80), "low_size": (24, 40), "num_classes": 19}
    own = method.Config(**settings)
    found |= translator_trial(build_translator(method, own, encoder=config, **shape), view, device)
    found |= translation_trial(build_translator(method, own, encoder=config, **shape), view, device)
    timing = {"inference_size": (48, 80), "inference_widths": "run", "repeats": 2}
    about = {"timing": timing, "translator": {"settings": settings}, "paper": settings}
    found |= timing_trial(method, about, config, view, device)
    assert set(found) == {"step", "image", "bytes", "setup", "timing"}
    # What is left for the setup once the steps are taken off may be nothing.
    assert found.pop("setup") >= 0 and all(found[name] > 0 for name in found)
    statistics = METHODS["colour-transfer"]
    fitted = translator_trial(build_translator(statistics, statistics.Config(), encoder=config, **shape), view, device)
    assert fitted["step"] == 0 and fitted["setup"] > 0


def test_the_error_of_a_price_is_that_of_jobs_that_ran_after_it(tmp_path):
    assert error_note(tmp_path, ["a"]) == ""
    price = {"taken": 100.0, "cores": 2, "gpus": 0, "wall": 90.0, "seconds": {"a": 66.0, "b": 54.0, "": 1.0}}
    (tmp_path / "price.json").write_text(json.dumps(price))
    (tmp_path / "logs").mkdir()

    def ran(place, began, ended):
        record = json.dumps({"began": began, "ended": ended, "work": 1.0})
        (tmp_path / f"logs/{place}.log").write_text(f"12:00:00 {MARK}{record}\n")

    ran("a", 50.0, 99.0)
    assert error_note(tmp_path, ["a", "b"]) == ""
    ran("a", 110.0, 170.0)
    assert "1 of these jobs" in error_note(tmp_path, ["a", "b"]) and "(+10%)" in error_note(tmp_path, ["a", "b"])
    ran("b", 170.0, 230.0)
    assert "Wall time: 1.5 min estimated, 2.0 min taken" in error_note(tmp_path, ["a", "b"])


@pytest.mark.slow
def test_the_target_prices_the_jobs_that_a_dry_run_lists(run):
    gone = [run / "results/smoke/tables/table4.csv", run / "reports/smoke/index.html"]
    for file in gone:
        file.rename(file.with_suffix(".aside"))
    try:
        counts, text = planned(run, "all"), snakemake(run, "price")
    finally:
        for file in gone:
            file.with_suffix(".aside").rename(file)
    rows = [line.split() for line in text.splitlines()]
    priced = {row[0]: int(row[1]) for row in rows if len(row) > 5 and row[1].isdigit() and row[0] != "all"}
    assert priced == {rule: number for rule, number in counts.items() if rule != "all"} and priced["table"] == 1
    assert "wall time with 8 cores" in text and "table4" in (run / "results/smoke/price.json").read_text()


def test_clusters_are_asked_for_what_the_price_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = plan_of(SMOKE)
    node = next(node for node in plan.jobs if isinstance(node, Segmenter))
    wildcards = SimpleNamespace(**{name: str(value) for name, value in vars(node).items()})

    def wanted(attempt=1):
        ask = Ask(plan, SimpleNamespace(cores=2))
        return ask.memory(Segmenter)(wildcards, attempt), ask.runtime(Segmenter)(wildcards, attempt)

    assert wanted() == (Segmenter.mem_mb, Segmenter.runtime)
    file = tmp_path / plan.results / "price.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"seconds": {node.place: 1200.0}, "memory": {node.place: 20000.0}}))
    assert wanted() == (30000, 70) and wanted(attempt=2) == (60000, 140)
    assert not Ask.is_light(Segmenter) and Ask.is_light(Figure)
