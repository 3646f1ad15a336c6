"""The supplementary tables that a report may show, and how it announces them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

TITLES = {
    "claims": "Claims ledger",
    "gap": "Share of the gap to the target",
    "shift": "Shift card",
    "fidelity": "Fidelity",
    "geometry": "Geometry certificate",
    "benchmark": "Benchmark",
    "sensitivity": "Sensitivity",
}
BESIDE = {"differences": "Differences within", "multiverse": "Every protocol:"}
FORMATS = ("csv", "md", "tex")


def supplement_title(name: str, titles: Mapping[str, str]) -> str:
    """The title of a supplementary table: "table3-differences" -> "Differences within Table 3".

    titles: name of a table -> how it is spoken of.
    """
    table, _, kind = name.rpartition("-")
    return TITLES.get(name) or f"{BESIDE[kind]} {titles[table]}"


def listed(folder: str | Path, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tables as `write_report` takes them. titles: file name without suffix -> title."""
    folder = Path(folder)
    return [
        {
            "name": name,
            "title": title,
            "html": folder / f"{name}.html",
            "downloads": [file for kind in FORMATS if (file := folder / f"{name}.{kind}").is_file()],
        }
        for name, title in titles.items()
    ]
