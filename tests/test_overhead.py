"""What a run spends beside its jobs' own work, from logs and benchmark files."""

import json

import pytest

from dakpn.efficiency.overhead import MARK, measure_overhead


def finished(folder, place, *, ended, seconds, work, cpu):
    """Log and benchmark file of one job."""
    for name in ("logs", "benchmarks"):
        (folder / name / place).parent.mkdir(parents=True, exist_ok=True)
    measured = json.dumps({"ended": ended, "work": work, "cpu": cpu})
    (folder / f"logs/{place}.log").write_text(f"12:00:00 step 1\n12:00:01 rule: {MARK}{measured}\n")
    (folder / f"benchmarks/{place}.tsv").write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t10\n")


def test_work_start_and_gaps_add_up(tmp_path, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    finished(tmp_path, "a/one", ended=110.0, seconds=10.0, work=6.0, cpu=8.0)
    # Beside the first, and five seconds longer; the third ran an hour later, after a pause in which nothing counts.
    finished(tmp_path, "a/two", ended=115.0, seconds=10.0, work=7.0, cpu=9.0)
    finished(tmp_path, "b", ended=4000.0, seconds=5.0, work=5.0, cpu=5.0)
    overhead = measure_overhead(tmp_path, ["a/one", "a/two", "b", "absent"])
    assert (overhead.available, overhead.work, overhead.starting) == pytest.approx((40.0, 18.0, 4.0))
    assert overhead.share == pytest.approx(1 - 18 / 40)
    assert "Of 40 core-seconds 45 % were the jobs' own work, 10 % went into" in str(overhead) and "45 % a core" in str(
        overhead
    )


def test_without_measurements_there_is_none(tmp_path):
    assert measure_overhead(tmp_path, ["a"]) is None
