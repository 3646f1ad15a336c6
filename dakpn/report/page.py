"""The report of a run as one HTML page without links to scripts, styles or images."""

import base64
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from PIL import Image

from dakpn.efficiency.job_costs import COLUMNS
from dakpn.errors import InputError
from dakpn.files import atomic_path
from dakpn.report.costs import cost_lines, stage_lines
from dakpn.tables.format import render
from dakpn.tables.notes import duration, seed_note

HERE = Path(__file__).parent
TITLES = {
    "claims": "Claims ledger",
    "claims-power": "What would decide the claims",
    "gap": "Share of the gap to the target",
    "components": "Where the noise comes from",
    "power": "What would decide pairs",
    "allocation": "Seeds for each method",
    "shift": "Shift card",
    "fidelity": "Fidelity",
    "geometry": "Geometry certificate",
    "benchmark": "Benchmark",
    "sensitivity": "Sensitivity",
    "trajectory": "Score against training length",
}
"""Supplementary tables that belong to no other table."""
BESIDE = {"differences": "Differences within", "multiverse": "Every protocol:"}


def write_report(
    path: str | Path,
    *,
    title: str,
    provenance: Mapping[str, Any],
    tables: Sequence[Mapping[str, Any]],
    figures: Sequence[Mapping[str, Any]] = (),
    supplementary: Sequence[Mapping[str, Any]] = (),
    costs: pd.DataFrame | None = None,
    overhead: str = "",
    not_run: Sequence[str] = (),
    protocol: str = "",
    sizes: Mapping[str, str] | None = None,
    procedural: bool = False,
) -> None:
    """Write the page to `path`, atomically. It loads no script, address or second file.

    provenance: the content of provenance.json. tables, supplementary: entries from `listed`, or {name, title, fragment:
    HTML}. figures: {name, title, caption, alt, path of a PNG or SVG}. costs: costs.csv. overhead: a sentence. not_run:
    sentences. sizes: {what: image size}. procedural: adds the warning that the data are procedural miniatures. Raises
    InputError for a fragment, image or download that does not exist.
    """
    path = Path(path)
    costs = pd.DataFrame(columns=COLUMNS) if costs is None else costs
    budgets = provenance["budgets"]
    headings = list(dict.fromkeys(key for entry in budgets for key in entry))
    text = render(
        HERE / "index.html.j2",
        title=title,
        style=(HERE / "style.css").read_text(encoding="utf-8"),
        facts=_facts(provenance, protocol, sizes or {}),
        procedural=procedural,
        provisional=seed_note(costs).removeprefix("Provisional: ") if len(provenance["seeds"]) == 1 else "",
        dirty=provenance["dirty"],
        tables=[_table(entry, path.parent) for entry in tables],
        supplementary=[_table(entry, path.parent) for entry in supplementary],
        figures=[_figure(entry) for entry in figures],
        device=provenance["device"],
        versions=provenance["versions"],
        config=yaml.safe_dump(provenance["config"], sort_keys=False, allow_unicode=True),
        stages=stage_lines(costs),
        jobs=cost_lines(costs),
        overhead=overhead,
        budgets=(headings, [[entry.get(key, "") for key in headings] for entry in budgets]),
        not_run=not_run,
        total=duration(costs["seconds"].sum()),
    )
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def supplement_title(name: str, titles: Mapping[str, str]) -> str:
    """The title of a supplementary table: "table3-differences" -> "Differences within Table 3".

    titles: name of a table -> how sentences call it.
    """
    table, _, kind = name.rpartition("-")
    return TITLES.get(name) or f"{BESIDE[kind]} {titles[table]}"


def listed(folder: str | Path, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tables as `write_report` takes them, with their HTML and the other formats that exist as downloads.

    titles: file name without suffix -> title.
    """
    return [
        {
            "name": name,
            "title": title,
            "html": Path(folder, f"{name}.html"),
            "downloads": [file for kind in ("csv", "md", "tex") if (file := Path(folder, f"{name}.{kind}")).is_file()],
        }
        for name, title in titles.items()
    ]


def _facts(provenance: Mapping[str, Any], protocol: str, sizes: Mapping[str, str]) -> dict[str, str]:
    """The opening facts as term -> text; unknown ones are left out."""
    device, seeds = provenance["device"], provenance["seeds"]
    facts = {
        "Run": provenance["run"],
        "Made": provenance["created"],
        "Code": (provenance["commit"] or "commit unknown") + " with uncommitted changes" * provenance["dirty"],
        "Protocol": protocol,
        "Image size": "; ".join(f"{what}: {size}" for what, size in sizes.items()),
        "Seeds": ", ".join(map(str, seeds)) + " (one only)" * (len(seeds) == 1),
        # Where jobs computed on the CPU, their device's name is the processor's.
        "Device": ", ".join(filter(None, [device["name"], device["cpu"] * (device["cpu"] not in device["name"])])),
    }
    return {term: text for term, text in facts.items() if text}


def _table(entry: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """An entry of a table for the template; links are (format, address relative to `home`)."""
    links = [
        (file.suffix.lstrip("."), Path(os.path.relpath(_existing(file), home)).as_posix())
        for file in entry.get("downloads", ())
    ]
    fragment = entry.get("fragment") or _existing(entry["html"]).read_text(encoding="utf-8")
    return dict(name=entry["name"], title=entry["title"], fragment=fragment, links=links)


def _figure(entry: Mapping[str, Any]) -> dict[str, Any]:
    if entry["path"].suffix == ".svg":
        return {**entry, "svg": _existing(entry["path"]).read_text(encoding="utf-8")}
    with Image.open(_existing(entry["path"])) as image:
        width, height = image.size
    data = base64.b64encode(entry["path"].read_bytes()).decode("ascii")
    return {**entry, "data": f"data:image/png;base64,{data}", "width": width, "height": height}


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path}: the report needs this file. Run the rule that makes it first.")
    return path
