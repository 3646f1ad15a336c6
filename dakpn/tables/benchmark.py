"""The rows of `make bench` as a table to read: medians with their spread, and how many times ours is faster."""

from typing import Any

import pandas as pd

NOTES = (
    "Medians, with the smallest and the largest of the measurements; ratios of measurements taken in turns.",
    "The literal form materialises 625 weights per value, as the released code does; everything else is the same code.",
    "The released code's iteration also runs the encoder on every batch and trains by gradient reversal.",
    "A method's own code is read plainly: with all its passes, in the same functions; what ours shares is saved.",
)


def readable(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `python -m benchmarks` -> columns Measured, Part, Device, Literal, Ours, Times faster, all text.

    A number is a median with the smallest and the largest measurement behind it. Literal and Times faster are empty
    where there is nothing to compare with.
    """
    return pd.DataFrame(
        {
            "Measured": row.name_,
            "Part": row.part,
            "Device": f"{row.device}, threads: {row.threads}" if "cores" in row.device else row.device,
            "Literal": _spread(row.literal, row.literal_low, row.literal_high, row.unit),
            "Ours": _spread(row.value, row.low, row.high, row.unit) + _shares(row),
            "Times faster": _spread(row.ratio, row.ratio_low, row.ratio_high, ""),
        }
        for row in rows.rename(columns={"name": "name_"}).itertuples(index=False)
    )


def _shares(row: Any) -> str:
    """Where the time goes, empty where that was not measured."""
    shares = getattr(row, "generator", None), getattr(row, "discriminator", None)
    if pd.isna(shares[0]):
        return ""
    generator, discriminator, rest = (f"{share:.0f} %" for share in (*shares, 100 - sum(shares)))
    return f"; generators {generator}, discriminators {discriminator}, rest {rest}"


def _spread(middle: float, low: float, high: float, unit: str) -> str:
    if pd.isna(middle):
        return ""
    scale, unit = (1000, "ms") if unit == "s" and middle < 1 else (1, unit)
    # Three significant digits without an exponent.
    rounded = [f"{value * scale:.3g}" for value in (middle, low, high)]
    middle, low, high = (f"{float(number):.0f}" if "e+" in number else number for number in rounded)
    return f"{middle} {unit}".strip() + f" ({low} to {high})"
