"""The lines of a tidy table: their columns, and the mean over seeds as a line.

A tidy table has one line per number. Reported and measured numbers are different lines (column `source`) and share
`table`, `method`, `resolution` and `metric`, in the paper's spelling, so they join directly. A number that was not
measured is a line with an empty `value`, `seeds` 0 and the text "not run".
"""

import pandas as pd

COLUMNS = (
    "table task method resolution metric value unit ci_low ci_high seeds protocol run source "
    # Beyond the columns shared with the paper's files: spread, conditions of a measurement, text and marks of the cell,
    # letters of the groups of methods that cannot be told apart.
    "seed_sd quartile_low quartile_high size device batch shown marks group"
).split()

NOT_RUN = "not run"
IMAGES_ONLY = "not run: images only"
"""In the place of a number that would need more than translations of the training images."""


def mean_line(values: pd.Series, unit: str) -> dict:
    """Mean and sample standard deviation over seeds as columns of a line; two decimals, as in the paper."""
    values = values.dropna()
    if values.empty:
        return dict(unit=unit, seeds=0, shown=NOT_RUN)
    # Rounding first keeps the digits in `shown` those of `value`, whatever the order of the sum.
    mean, spread = round(float(values.mean()), 8), values.std(ddof=1)
    decimals = 4 if unit == "" else 2
    shown = f"{mean:.{decimals}f}" + ("" if pd.isna(spread) else f" ± {spread:.{decimals}f}")
    return dict(value=mean, unit=unit, seeds=len(values), seed_sd=spread, shown=shown)


def frame(lines: list[dict]) -> pd.DataFrame:
    """Lines as a table with the columns COLUMNS; texts that a line lacks are empty."""
    table = pd.DataFrame(lines, columns=COLUMNS)
    table["seeds"] = table["seeds"].astype("Int64")
    return table.assign(
        **{name: table[name].fillna("") for name in ("run", "protocol", "marks", "resolution", "group")}
    )
