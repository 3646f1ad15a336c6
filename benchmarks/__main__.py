"""`python -m benchmarks`: the operator and a training iteration, literal against ours, in one table."""

import argparse

import pandas as pd

from benchmarks.iteration import baseline_rows, iteration_rows
from benchmarks.operator import blur_rows
from dakpn.device import choose_device, device_name
from dakpn.files import atomic_path


def main() -> None:
    """Measure, print one table, and write its rows with `--rows`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the operator at one small size only")
    parser.add_argument("--rows", help="write the rows to this CSV file as well")
    arguments = parser.parse_args()

    rows = blur_rows(90, 160)
    seconds = []
    if not arguments.quick:
        rows += [*blur_rows(180, 320), *blur_rows(180, 320, sigma_max=1.0), *iteration_rows()]
        seconds = baseline_rows()
    table = pd.DataFrame(rows)
    table = pd.concat([table, pd.DataFrame(seconds, columns=["name", "seconds"])], ignore_index=True)
    table["device"] = device_name(choose_device("cpu"))
    print(table.to_markdown(index=False, floatfmt=".4g"))
    if arguments.rows:
        with atomic_path(arguments.rows) as path:
            table.to_csv(path, index=False)


if __name__ == "__main__":
    main()
