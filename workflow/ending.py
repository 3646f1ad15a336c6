"""The last lines of a run that made the report: its answer, its scores, and where its page lies."""

import csv
import re
from pathlib import Path

from dakpn.plan import Plan
from dakpn.plan.entries import KINDS, spoken
from dakpn.plan.report import questions
from dakpn.plan.results import CollectedRows
from dakpn.plan.tables import Table

METRIC = "mIOU"
METHODS = ("identity", "dakpn-s", "dakpn-t", "oracle")


def ending(plan: Plan) -> list[str]:
    """What stands last on the terminal: sentences, scores, and the address of the page."""
    return [*answer(plan), *headline(plan), f"Report: {Path(plan.page).resolve().as_uri()}"]


def answer(plan: Plan) -> list[str]:
    """What the run says about each task."""
    # Imported here because every start of Snakemake reads this file, and none but the last lines need pandas.
    import pandas as pd

    from dakpn.report.answer import answers

    costs = pd.read_csv(plan.path(CollectedRows().file("costs")))
    return [found.text for found in answers(questions(plan), Path(plan.results, "tables"), costs)]


def headline(plan: Plan) -> list[str]:
    """A line for each table of scores, ablations left out: the mIOU of the untranslated source, of DA-KPN and of the
    target at the largest size, in percent, with its deviation over seeds or, with one seed, its interval.
    """
    lines = []
    for node in (node for node in plan.tables if isinstance(node, Table)):
        entry = plan.entries[node.name]
        if not entry.get("closed"):
            shown, size = _measured(Path(plan.path(node.file("csv"))))
            labels = [row["label"] for name in METHODS for row in entry["rows"] if row["method"] == name]
            scores = ", ".join(f"{label} {shown[label]}" for label in labels if label in shown)
            about = f"{spoken(entry)}, {KINDS[entry['kind']]}" if entry["number"] else spoken(entry)
            lines += [f"{about}, {entry['task']} at {size}, {METRIC}: {scores}"] * bool(scores)
    return lines


def _measured(path: Path) -> tuple[dict[str, str], str]:
    """Label -> the leading number of a table's last size as people read it, and that size."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == METRIC and row["source"] == "measured"]
    rows = [row for row in rows if row["value"] and row["resolution"] == rows[-1]["resolution"]]
    # With neither the interval beside a deviation nor the letters of groups.
    shown = {row["method"]: re.match(r"[^\[]* ± [^ ]+|[^\]]*\]?", row["shown"])[0] for row in rows}
    return shown, rows[0]["size"] if rows else ""
