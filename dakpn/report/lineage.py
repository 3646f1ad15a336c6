"""Why a number is what it is: for each cell of the tables the jobs behind it, from the data to the confusion store."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dakpn.tables.notes import duration

COMMAND = "snakemake --cores 8 --force"
"""Makes a file again, and what lies between it and the files that exist."""


def slug(*parts: str) -> str:
    """The end of an id: lower case letters, digits and dashes. Words that have none become a hash."""
    texts = (
        "".join(character if character.isalnum() and character.isascii() else "-" for character in part)
        for part in parts
    )
    words = ["-".join(filter(None, text.lower().split("-"))) for text in texts]
    empty = (hashlib.sha256(part.encode()).hexdigest()[:8] for part in parts)
    return "-".join(word or other for part, word, other in zip(parts, words, empty, strict=True) if part)


def chains(lineage: Mapping[str, Any], results: str | Path, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """One entry per cell of the tables: id, about (table, row, resolution), title, jobs, each after what it needs, and
    command.

    lineage: from `dakpn.plan.report.lineage`. results: folder of the run, below which places and costs lie. titles:
    table -> how sentences call it. A job has step, seed, file, time ("" where no cost was recorded) and hash (of the
    file, "" where it is gone).
    """
    nodes, known = lineage["nodes"], {}

    def told(place: str) -> dict[str, str]:
        if place not in known:
            node, cost = nodes[place], Path(results, place, "cost.json")
            seconds = json.loads(cost.read_text(encoding="utf-8"))["seconds"] if cost.is_file() else None
            known[place] = {
                "step": node["rule"].replace("_", " "),
                "seed": "" if node["seed"] is None else str(node["seed"]),
                "file": node["file"],
                "time": "" if seconds is None else duration(seconds),
                "hash": _hash(Path(node["file"])),
            }
        return known[place]

    return [
        {
            "id": f"why-{slug(table, row, resolution)}",
            "about": (table, row, resolution),
            "title": ", ".join(filter(None, (titles.get(table, table), row, resolution))),
            "jobs": [told(place) for place in _in_order(places, nodes)],
            "command": " ".join([COMMAND, *(nodes[place]["file"] for place in places)]),
        }
        for table, row, resolution, places in lineage["cells"]
    ]


def _in_order(places: Iterable[str], nodes: Mapping[str, Any]) -> list[str]:
    """`places` and all that they need, each after its needs."""
    visited: dict[str, None] = {}

    def visit(place: str) -> None:
        if place not in visited:
            for needed in nodes[place]["needs"]:
                visit(needed)
            visited[place] = None

    for place in places:
        visit(place)
    return list(visited)


def _hash(file: Path) -> str:
    """The first digits of the sha256 of a file."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]
