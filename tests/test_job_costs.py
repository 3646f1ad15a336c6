"""What jobs cost: one row per job."""

import json

import pandas as pd
import pytest

from dakpn.efficiency.job_costs import COLUMNS, read_costs
from dakpn.files import write_json
from dakpn.report.costs import cost_lines, stage_lines
from workflow.job import spent


def test_costs_of_jobs_become_lines(tmp_path):
    jobs = [
        {
            "stage": "translator",
            "task": "street",
            "method": "vsait",
            "seed": "0",
        },
        {
            "stage": "segmenter",
            "task": "street",
            "method": "vsait",
            "resolution": "8x8",
            "segmenter": "tiny",
            "seed": "0",
        },
        {
            "stage": "segmenter",
            "task": "street",
            "method": "vsait",
            "resolution": "8x8",
            "segmenter": "wide",
            "seed": "0",
        },
    ]
    files = []
    for place, job in enumerate(jobs):
        files.append(tmp_path / f"{place}.json")
        about = {
            "device": "CPU",
            "gpu_memory_mib": None,
            "blur": "native",
            "seconds": 90 * place,
            "max_rss_mib": 100.4 * place,
        }
        write_json(files[-1], about | job)
    costs = read_costs(files)
    assert list(costs) == COLUMNS and costs["seconds"].tolist() == [0, 90, 180]
    costs.to_csv(tmp_path / "costs.csv", index=False)
    rows = pd.read_csv(tmp_path / "costs.csv")
    assert cost_lines(rows) == [
        ("translator", "street", "vsait", "", "", "0", "0 s", "0 MiB", ""),
        ("segmenter", "street", "vsait", "8x8", "tiny", "0", "2 min", "100 MiB", ""),
        ("segmenter", "street", "vsait", "8x8", "wide", "0", "3 min", "201 MiB", ""),
    ]
    assert stage_lines(rows)[1] == ("segmenter", "2", "4 min", "3 min", "201 MiB", "CPU")


def test_seconds_are_summed_over_the_attempts_at_the_same_job(tmp_path):
    path = tmp_path / "job.spent.json"
    with pytest.raises(KeyboardInterrupt), spent(path, "this"):
        raise KeyboardInterrupt
    stopped = json.loads(path.read_text())
    assert stopped["fingerprint"] == "this" and stopped["seconds"] > 0
    write_json(path, {**stopped, "seconds": 1000.0})
    with spent(path, "this") as seconds:
        assert seconds() >= 1000
    assert json.loads(path.read_text())["seconds"] >= 1000
    with spent(path, "another configuration") as seconds:
        assert seconds() < 1000
    path.write_text("half a li")
    with spent(path, "this") as seconds:
        assert seconds() < 1000
