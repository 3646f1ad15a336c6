"""Tables of methods for the page: mIOU first and the rest behind a switch, an id and a lineage for each cell."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from dakpn.report.answer import by_name, difference
from dakpn.report.lineage import slug
from dakpn.tables.notes import LEADING, MARKS
from dakpn.tables.wide import ABSENT, CONDITIONS, TITLES, conditions, panels

COPIES = {"Markdown": ".md", "TeX": ".tex", "TeX, all metrics": "-full.tex", "CSV": ".csv"}


def page_tables(
    folder: str | Path, titles: Mapping[str, str], chains: Sequence[Mapping[str, Any]], labels: Sequence[str]
) -> list[dict[str, Any]]:
    """The tables of methods as scores.html.j2 shows them, each with its `matrices`.

    titles: name -> title. chains: from `dakpn.report.lineage.chains`. labels: of all methods, in display order.
    """
    chained = {tuple(chain["about"]): chain["id"] for chain in chains}
    return [
        {
            **score_table(folder, name, title, chained),
            "matrices": matrices(folder, name, labels) if Path(folder, f"{name}-differences.csv").is_file() else [],
        }
        for name, title in titles.items()
    ]


def score_table(
    folder: str | Path, name: str, title: str, chained: Mapping[tuple[str, str, str], str]
) -> dict[str, Any]:
    """What scores.html.j2 shows of one table.

    folder: of the run's tables. chained: (table, row, resolution) -> id of what it is computed from. columns: of panel,
    metric, source and `lead` (always shown); rows: label and cells of text, number (to sort by), id and why; copies:
    format -> text of the file; notes: sentences.
    """
    folder = Path(folder)
    frame = pd.read_csv(folder / f"{name}.csv", dtype={"resolution": str, "marks": str, "shown": str, "task": str})
    frame = frame.assign(**{key: frame[key].fillna("") for key in ("resolution", "marks", "task")})
    frame = frame.assign(panel=panels(frame))
    metrics = sorted(frame["metric"].unique(), key=lambda metric: metric != LEADING)
    columns = [
        {"panel": panel, "resolution": group["resolution"].iloc[0], "metric": metric, "source": source}
        for panel, group in frame.groupby("panel", sort=False)
        for metric in metrics
        for source in ("reported", "measured")
        if ((group["metric"] == metric) & (group["source"] == source)).any()
    ]
    cells = {(line["panel"], line["metric"], line["source"], line["method"]): line for line in frame.to_dict("records")}
    measured_on = conditions(frame) if frame["device"].notna().any() else {}
    rows = []
    for method in frame["method"].unique():
        of_method = []
        for column in columns:
            line = cells.get((column["panel"], column["metric"], column["source"], method))
            cell = {"text": ABSENT, "number": "", "id": "", "why": "", "source": column["source"]}
            if line is not None:
                cell |= {"text": line["shown"] + "".join(MARKS[mark][0] for mark in line["marks"].split())}
                cell |= {"number": "" if pd.isna(line["value"]) else f"{line['value']:g}"}
                if column["source"] == "measured":
                    cell |= {"id": slug(name, method, line["resolution"], line["metric"])}
                    known = chained.get((name, method, line["resolution"]), "")
                    cell |= {"why": known if pd.notna(line["value"]) else ""}
            of_method.append(cell)
        rows.append({"label": method, "cells": of_method, "measured_on": measured_on.get(method, "")})
    lead = LEADING in metrics and len(metrics) > 1
    fragment = (folder / f"{name}.html").read_text(encoding="utf-8")
    files = {kind: folder / f"{name}{suffix}" for kind, suffix in COPIES.items()}
    return {
        "name": name,
        "title": title,
        "columns": [{**column, "heading": TITLES.get(column["metric"], column["metric"])} for column in columns],
        "lead": LEADING if lead else "",
        "rows": rows,
        "measured_on": CONDITIONS if measured_on else "",
        "notes": _notes(fragment),
        "copies": {kind: file.read_text(encoding="utf-8") for kind, file in files.items() if file.is_file()},
    }


def spans(columns: Sequence[Mapping[str, str]], *keys: str) -> list[tuple[Mapping[str, str], int]]:
    """Neighbouring columns that agree in `keys`: the first of them, and their number."""
    runs: list[tuple[Mapping[str, str], int]] = []
    for column in columns:
        if runs and all(runs[-1][0][key] == column[key] for key in keys):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((column, 1))
    return runs


def matrices(folder: str | Path, name: str, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Per size: the mIOU of each method less that of each method before it. labels: all methods, in display order.

    size, methods, and rows of (method, cells); a cell has text, title (its interval) and outcome (`Gap.outcome`).
    """
    frame = pd.read_csv(Path(folder, f"{name}-differences.csv"), dtype={"resolution": str, "marks": str})
    frame = frame.assign(marks=frame["marks"].fillna(""))
    found = []
    for size, of_size in frame[frame["metric"] == LEADING].groupby("resolution", sort=False):
        lines = by_name(of_size)
        gaps = {pair: gap for pair in combinations(labels, 2) if (gap := difference(lines, pair[1], pair[0]))}
        methods = [label for label in labels if any(label in pair for pair in gaps)]
        rows = [
            (below, [gaps.get((above, below)) for above in methods[:place]])
            for place, below in enumerate(methods)
            if place
        ]
        found.append({"size": size, "methods": methods, "rows": rows})
    return found


def _notes(fragment: str) -> list[str]:
    """The sentences below a table, as markup, from the list that `dakpn.tables.format.fragment` ends with."""
    listed = re.search(r'<ul class="notes">(.*?)</ul>', fragment, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", listed[1], re.DOTALL) if listed else []
