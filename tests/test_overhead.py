"""What a run spends beside its jobs' own work, from its logs."""

import json

from dakpn.efficiency.job_costs import MARK, overhead_note


def finished(folder, place, **measured):
    """Log of one job."""
    log = folder / f"logs/{place}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"12:00:00 step 1\n12:00:01 rule: {MARK}{json.dumps(measured)}\n")


def test_work_and_gaps_add_up(tmp_path, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    finished(tmp_path, "a/one", began=100.0, ended=110.0, work=6.0)
    # Beside the first, and five seconds longer; the third ran an hour later, after a pause in which nothing counts.
    finished(tmp_path, "a/two", began=105.0, ended=115.0, work=7.0)
    finished(tmp_path, "b", began=3995.0, ended=4000.0, work=5.0)
    note = overhead_note(tmp_path, ["a/one", "a/two", "b", "absent"])
    assert note.startswith("Of 40 core-seconds 45 % were the jobs' own work")


def test_without_measurements_there_is_none(tmp_path):
    assert overhead_note(tmp_path, ["a"]) == ""
