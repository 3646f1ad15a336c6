"""Where a run stands: heartbeats that jobs write, and the tables that are read from them while the run lives."""

import json
import os
import socket
import time

import pytest
import torch
from runs import SMOKE, plan_of, snakemake

from dakpn.report.status import read_heartbeats, state, status_lines
from dakpn.training import heartbeat
from dakpn.training.loop import train
from workflow.run_lock import hold


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY", 0.0)
    heartbeat.begin(tmp_path / "beats/a/job.json", place="a/job", stage="translator", device="")
    yield tmp_path / "beats/a/job.json"
    heartbeat.end()


def beating(**about):
    facts = {"host": socket.gethostname(), "pid": os.getpid(), "began": time.time() - 60, "age": 1.0}
    return facts | {"place": "a/job", "stage": "translator", "device": "CPU"} | about


def test_a_training_says_how_far_it_is(file):
    heartbeat.add(device="CPU")
    seen = []

    def step(i):
        seen.append(read_heartbeats(file.parents[1])[0])
        return {"loss": torch.tensor(2.0)}

    train(step, {}, iterations=120, seed=0)
    assert [beat.get("done") for beat in seen] == [None, *range(1, 120)] and seen[-1]["total"] == 120
    assert seen[-1]["losses"] == {"loss": 2.0} and seen[-1]["device"] == "CPU" and seen[-1]["rate"] > 0
    assert state(seen[-1]) == "running" and seen[-1]["age"] < 100
    heartbeat.end()
    assert not file.exists() and read_heartbeats(file.parents[1]) == []


def test_beats_are_rare(file, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY", 3600.0)
    heartbeat.beat(5, 10)
    assert "done" not in json.loads(file.read_text())


def test_a_job_whose_process_ended_is_gone_and_one_without_beats_is_stalled():
    assert state(beating(done=1, total=2, rate=1.0)) == "running"
    assert state(beating(done=1, total=2, rate=1.0, age=500.0)) == "stalled"
    # A step of four minutes and a job without steps are no reason.
    assert state(beating(done=1, total=2, rate=1 / 240, age=500.0)) == "running"
    assert state(beating(age=500.0)) == "running"
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    assert state(beating(pid=child)) == "gone" and state(beating(pid=child, host="elsewhere")) == "running"


def test_stages_and_jobs_stand_in_tables():
    jobs = [
        beating(done=30, total=90, rate=2.0, losses={"gan": 0.51234}),
        beating(host="node7", age=1e4, done=1, total=2),
    ]
    lines = status_lines({"view": (6, 6), "translator": (1, 3)}, jobs)
    assert [line.split() for line in lines[2:5]] == [["view", "6/6"], ["translator", "1/3", "1"], ["all", "7/9", "1"]]
    assert "30/90" in lines[-2] and "2/s" in lines[-2] and "0:00:30" in lines[-2] and "gan 0.5123" in lines[-2]
    assert "stalled, 2:46:40 ago" in lines[-1] and "node7: CPU" in lines[-1]
    assert status_lines({"view": (6, 6)}, [])[-1] == "Nothing runs."


@pytest.mark.slow
def test_the_target_reads_beside_a_living_run_and_writes_nothing(tmp_path):
    results = tmp_path / "results/smoke"
    hold(results)  # as a living run does
    (results / "heartbeats").mkdir()
    (results / "heartbeats/a.json").write_text(json.dumps(beating(done=3, total=9, rate=1.0)))
    before = sorted(results.rglob("*"))
    text = snakemake(tmp_path, "status")
    assert f"0/{len(plan_of(SMOKE).jobs)}" in text and "3/9" in text
    assert sorted(results.rglob("*")) == before
