"""`python -m benchmarks`: operator, training iteration and translation, literal against ours, in one table."""

import argparse
import re
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import torch

from benchmarks.comparison import Row
from benchmarks.feed import feed_rows
from benchmarks.iteration import baseline_rows, iteration_rows, logits_row
from benchmarks.operator import operator_rows
from benchmarks.seams import seam_rows
from benchmarks.translation import translation_rows
from benchmarks.views import view_rows
from dakpn.files import atomic_path
from dakpn.tables.benchmark import readable
from dakpn.training.device import choose_device, device_name


def main() -> None:
    """Measure, print one table, and keep its rows with `--save`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the operator at one small size only")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--repeats", type=int, default=3, help="measurements of every number")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads; a job of the default run has one of two")
    parser.add_argument("--save", metavar="FOLDER", help="write the rows to FOLDER as a file named by the device")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    settings = {"repeats": arguments.repeats, "device": choose_device(arguments.device)}
    table = pd.DataFrame([asdict(row) for row in _rows(arguments.quick, **settings)])
    name = device_name(settings["device"])
    table["device"], table["threads"] = name, torch.get_num_threads()
    print(readable(table).to_markdown(index=False))
    if arguments.save:
        file = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".csv"
        with atomic_path(Path(arguments.save) / file) as path:
            table.to_csv(path, index=False, float_format="%.6g")


def _rows(quick: bool, **settings) -> list[Row]:
    if quick:
        return operator_rows(1, 90, 160, sigma_max=5.0, **settings)
    return [
        *operator_rows(8, 90, 160, sigma_max=5.0, **settings),
        *operator_rows(8, 90, 160, sigma_max=1.0, **settings),
        *operator_rows(1, 90, 160, sigma_max=5.0, **settings),
        *iteration_rows(**settings),
        logits_row(**settings),
        *feed_rows(**settings),
        *baseline_rows(**settings),
        *translation_rows(**settings),
        *seam_rows(),
        *view_rows(repeats=settings["repeats"]),
    ]


if __name__ == "__main__":
    main()
