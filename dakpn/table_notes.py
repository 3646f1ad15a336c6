"""The sentences around a table: what its numbers rest on, what its marks mean, what was not run."""

import pandas as pd

MARKS = {
    "retrained": ("†", "† retrained by the paper's authors."),
    "own": ("‡", "‡ the paper's own method."),
    "underline": ("", "Underlined as printed in the paper."),
    "other-size": ("ᵃ", "ᵃ measured at another image size than the paper's {size}; see the last column."),
    "other-width": ("ᵇ", "ᵇ measured with this run's network widths, not the paper's."),
}


def notes(
    tidy: pd.DataFrame, entry: dict, *, costs: pd.DataFrame | None = None, procedural: bool = False
) -> dict[str, list[str]]:
    """{"above": sentences to read before the numbers, "notes": sentences below}, ready for `write(..., **notes(...))`.

    entry: the table's facts in tables.yaml. costs: rows of costs.csv, for the price of more seeds. procedural: the
    run's data are procedural miniatures.
    """
    measured = tidy[(tidy["source"] == "measured") & (tidy["seeds"] > 0)]
    above = ["Procedural miniature data: measured numbers are not comparable with the paper's."] * procedural
    below = []
    if entry["kind"] == "timing":
        below.append("Reported: as printed in the paper. Measured: medians, quartiles in parentheses.")
    elif not measured.empty:
        if (measured["seeds"] == 1).any():
            above.append(seed_note(costs))
        spread = " ± standard deviation over seeds (training noise)" if (measured["seeds"] > 1).any() else ""
        count = ", ".join(str(n) for n in sorted(measured["seeds"].unique()))
        interval = "[95 % interval, test images resampled; with several seeds the mean of their intervals]"
        below.append(f"Reported: as printed in the paper. Measured: mean{spread} {interval}. Seeds: {count}.")
    sizes = measured["size"].dropna().unique()
    if entry["kind"] != "timing" and len(sizes) and not (tidy["resolution"] != "").any():
        below.append(f"Measured at {', '.join(sizes)} pixels (height x width).")
    used = set(" ".join(tidy["marks"]).split())
    below += [text.format(size=entry.get("paper_size", "")) for mark, (_, text) in MARKS.items() if mark in used]
    harness = ", ".join(row["label"] for row in entry["rows"] if row.get("harness"))
    if harness:
        below.append(f"Rows that the paper does not have: {harness}.")
    return {"above": above, "notes": below + entry.get("notes", [])}


def seed_note(costs: pd.DataFrame | None = None, seeds: int = 3) -> str:
    """The warning over a table of one seed, with the price of `seeds` seeds.

    costs: rows of costs.csv of a run with one seed; those that carry a seed are the ones that more seeds repeat.
    """
    text = "One seed: training noise is not measured (it was about 4 mIoU for the translator in a small experiment)"
    repeated = None if costs is None else costs[costs["seed"].notna()]
    if repeated is None or repeated.empty:
        return text + "."
    per_seed = repeated["seconds"].sum() / repeated["seed"].nunique()
    return f"{text}; {seeds} seeds would cost {seeds} times the training time, about {duration(seeds * per_seed)}."


def missing(tidy: pd.DataFrame) -> list[str]:
    """The methods of a table without any measured number, in its order."""
    seeds = tidy[tidy["source"] == "measured"].groupby("method", sort=False)["seeds"].sum()
    return [str(method) for method in seeds.index[seeds == 0]]


def duration(seconds: float) -> str:
    """41 -> "41 s", 700 -> "12 min", 9000 -> "2.5 h"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
