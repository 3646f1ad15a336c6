"""What jobs cost: one row per job, with the workflow's own measurements where there are any."""

import pandas as pd

from dakpn.efficiency.job_costs import COLUMNS, read_costs
from dakpn.files import write_json
from dakpn.report.costs import cost_lines, stage_lines


def test_costs_of_jobs_are_joined_with_benchmarks_and_become_lines(tmp_path):
    jobs = [
        {
            "stage": "translator",
            "task": "street",
            "method": "vsait",
            "seed": "0",
            "seconds": 60.0,
            "max_rss_mib": 900.4,
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
    files, benchmarks = [], []
    for place, job in enumerate(jobs):
        files.append(tmp_path / f"{place}.json")
        write_json(files[-1], {"device": "CPU", "gpu_memory_mib": None, "seconds": 1.0, "max_rss_mib": 1.0, **job})
        benchmarks.append(tmp_path / f"{place}.tsv")
        # The last line counts: a job that is repeated leaves several.
        benchmarks[-1].write_text(f"s\tmax_rss\n999\t1\n{90 * place}\t{100 * place}\n")
    assert read_costs(files)["seconds"].tolist() == [60.0, 1.0, 1.0]
    costs = read_costs(files, benchmarks)
    assert list(costs) == COLUMNS and costs["seconds"].tolist() == [0, 90, 180]
    costs.to_csv(tmp_path / "costs.csv", index=False)
    rows = pd.read_csv(tmp_path / "costs.csv").to_dict("records")
    assert cost_lines(rows) == [
        ("translator", "street", "vsait", "", "", "0", "0 s", "0 MiB", ""),
        ("segmenter", "street", "vsait", "8x8", "tiny", "0", "2 min", "100 MiB", ""),
        ("segmenter", "street", "vsait", "8x8", "wide", "0", "3 min", "200 MiB", ""),
    ]
    assert stage_lines(rows)[1] == ("segmenter", "2", "4 min", "3 min", "200 MiB", "CPU")
