"""The sentences around a table: sources of its numbers, meaning of its marks, methods that were not run."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from dakpn.tables.tidy import Comparisons

MARKS = {
    "retrained": ("†", "† retrained by the paper's authors."),
    "own": ("‡", "‡ the paper's own method."),
    "underline": ("", "Underlined as printed in the paper."),
    "other-size": ("ᵃ", "ᵃ measured at another image size than the paper's {size}; see 'measured on'."),
    "other-width": ("ᵇ", "ᵇ measured with this run's network widths, not the paper's."),
    "rank": ("ᶜ", "ᶜ rank differs from that under the first protocol."),
    "different": ("*", "* told apart: Holm's p below 0.05 over all pairs of the column."),
    "equivalent": (
        "=",
        "= equivalent: less than one point apart (two one-sided tests, Holm's p below 0.05).",
    ),
}

LEADING = "mIOU"  # the metric whose order of methods is followed through the protocols
GROUPS = "Methods of a column that share a letter cannot be told apart (paired differences, Holm's p at 5 %)."


def notes(
    tidy: pd.DataFrame,
    entry: Mapping[str, Any],
    *,
    costs: pd.DataFrame | None = None,
    procedural: bool = False,
    comparisons: Comparisons | None = None,
    other_target: Sequence[str] | None = None,
    cuts: Sequence[str] = (),
    partial: Sequence[str] = (),
) -> dict[str, list[str]]:
    """{"above": sentences to read before the numbers, "notes": sentences below}, ready for `write(..., **notes(...))`.

    entry: the table's facts in tables.yaml. costs: rows of costs.csv, for the price of more seeds. procedural: the
    run's data are procedural miniatures. comparisons: as in `dakpn.tables.tidy.tidy`, for the smallest gap that shows.
    other_target: the run's target and the paper's, where they differ. cuts: sentences on what
    the run does smaller than the paper. partial: sentences on incomplete data sets.
    """
    measured = tidy[(tidy["source"] == "measured") & (tidy["seeds"] > 0)]
    above = ["Procedural miniature data: measured numbers are not comparable with the paper's."] * procedural
    above += cuts
    below = []
    if entry["kind"] == "timing":
        below.append("Reported: as printed in the paper. Measured: medians, quartiles in parentheses.")
    elif not measured.empty:
        if (measured["seeds"] == 1).any():
            above.append(seed_note(costs))
        several = (measured["seeds"] > 1).any()
        spread = " ± standard deviation over seeds (training noise)" if several else ""
        count = ", ".join(str(n) for n in sorted(measured["seeds"].unique()))
        drawn = "seeds and test images" if several and comparisons else "test images"
        reported = "Reported: as printed in the paper. " * bool((tidy["source"] == "reported").any())
        below.append(f"{reported}Measured: mean{spread} [95 % interval over {drawn}]. Seeds: {count}.")
        above += floor_notes(comparisons or {})
        below += [GROUPS] * bool(comparisons and several)
    sizes = measured["size"].dropna().unique()
    if entry["kind"] != "timing" and len(sizes) and not (tidy["resolution"] != "").any():
        below.append(f"Measured at {', '.join(sizes)} pixels (height x width).")
    used = set(" ".join(tidy["marks"]).split())
    below += [text.format(size=entry.get("paper_size", "")) for mark, (_, text) in MARKS.items() if mark in used]
    if other_target:
        above.append(
            f"The target of this run is {other_target[0]}, not {other_target[1]}: compare no row with the paper's."
        )
    if not entry["number"]:
        return {"above": above, "notes": [*below, *partial]}
    printed = {row["label"] for row in entry["rows"] if not row.get("harness")}
    added = [method for method in tidy["method"].unique() if method not in printed]
    if added:
        below.append(f"Rows that the paper does not have: {'; '.join(added)}.")
    return {"above": above, "notes": [*below, *entry.get("notes", []), *partial]}


def comparison_notes(kind: str, title: str, table: pd.DataFrame) -> dict[str, Any]:
    """Title, sentences and shown lines of a `differences` or `multiverse` table, ready for `write(table, stem, ...)`.

    The differences show every metric. The multiverse shows the leading metric, one column per protocol.
    """
    if kind == "differences":
        text = (
            "Points by which the first method exceeds the second, means over seeds [95 % interval of the paired "
            "difference over seeds and test images]. With one seed: over test images alone, and no pair is told apart."
        )
        marks = [MARKS[mark][1] for mark in ("different", "equivalent")]
        return dict(title=f"Differences within {title}", notes=[text, *marks], rows="Methods")
    lines = table[table["metric"] == LEADING]
    notes = [
        "Protocols: what an absent class counts, the classes of the mean, and what is averaged: the data set's one "
        "matrix, or the scores of its images. paper: exclude-scored-dataset; released: one-all-dataset.",
        MARKS["rank"][1],
        *flips(table),
    ]
    title = f"{title} under every protocol of evaluation ({LEADING}, percent)"
    return dict(title=title, notes=notes, display=lines.assign(metric=lines["protocol"]))


def flips(table: pd.DataFrame, metric: str = LEADING, kind: str = "protocols") -> list[str]:
    """Sentences on a multiverse table: per size, under how many protocols, or what else the column `protocol` holds and
    `kind` calls, the order by `metric` is another one than under the first.
    """
    sentences = []
    for size, lines in table[table["metric"] == metric].groupby("resolution", sort=False):
        values = lines.pivot(index="protocol", columns="method", values="value").loc[lines["protocol"].unique()]
        usual, others = values.iloc[0], values.iloc[1:]
        turned = {}
        for a, b in combinations(values.columns, 2):
            for protocol in others.index[np.sign(others[a] - others[b]) * np.sign(usual[a] - usual[b]) < 0]:
                upper, lower = (a, b) if others.loc[protocol, a] > others.loc[protocol, b] else (b, a)
                turned.setdefault(protocol, []).append(f"{upper} over {lower}")
        count = f"{size}: the order of methods by {metric} flips under {len(turned)} of {len(others)} other {kind}"
        sentences.append(count + "".join(f"; {name}: {', '.join(pairs)}" for name, pairs in turned.items()) + ".")
    return sentences


def floor_notes(comparisons: Comparisons) -> list[str]:
    """Per size of the run: the smallest mIOU gap between two methods that could be resolved."""
    return [
        f"Smallest mIOU gap that this run could resolve at {size}: {100 * floor[0]:.2f} points for the pair of methods "
        f"with the narrowest interval, {100 * floor[1]:.2f} for the median pair (half a difference's 95 % interval)."
        for size, of in comparisons.items()
        if (floor := of[LEADING].minimum_detectable_difference)
    ]


def seed_note(costs: pd.DataFrame | None = None) -> str:
    """The warning over a table of one seed, with the price of three.

    costs: costs.csv of a run with one seed; more seeds repeat the jobs whose row has a seed.
    """
    text = "Provisional: one seed, so training noise is not measured and no two methods are told apart"
    repeated = None if costs is None else costs[costs["seed"].notna()]
    if repeated is None or repeated.empty:
        return text + "."
    per_seed = repeated["seconds"].sum() / repeated["seed"].nunique()
    return f"{text}; 3 seeds would cost 3 times the training time, about {duration(3 * per_seed)}."


def missing(tidy: pd.DataFrame) -> list[str]:
    """The methods of a table without any measured number, in its order."""
    seeds = tidy[tidy["source"] == "measured"].groupby("method", sort=False)["seeds"].sum()
    return [str(method) for method in seeds.index[seeds == 0]]


def duration(seconds: float) -> str:
    """41 -> "41 s", 700 -> "12 min", 9000 -> "2.5 h"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
