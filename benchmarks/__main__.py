"""`python -m benchmarks`: operator, training iteration and translation, literal against ours, in one table."""

import argparse

import torch

from benchmarks.comparison import Row, keep
from benchmarks.feed import feed_rows
from benchmarks.iteration import iteration_rows, logits_row
from benchmarks.methods import method_rows
from benchmarks.operator import operator_rows
from benchmarks.seams import seam_rows
from benchmarks.survival import survival_rows
from benchmarks.translation import translation_rows
from benchmarks.views import view_rows
from dakpn.training.device import choose_device


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
    keep(_rows(arguments.quick, **settings), settings["device"], arguments.save)


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
        *method_rows(**settings),
        *translation_rows(**settings),
        *seam_rows(),
        *survival_rows(**settings),
        *view_rows(repeats=settings["repeats"]),
    ]


if __name__ == "__main__":
    main()
