"""One self-contained HTML page: tables, figures, provenance, cost. Images and style are inside the file."""

import base64
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dakpn.efficiency.overhead import Overhead
from dakpn.errors import InputError
from dakpn.files import atomic_path
from dakpn.report.costs import cost_lines, stage_lines
from dakpn.tables.notes import duration

HERE = Path(__file__).parent


def write_report(
    path: str | Path,
    *,
    title: str,
    provenance: Mapping[str, Any],
    tables: Sequence[Mapping[str, Any]],
    figures: Sequence[Mapping[str, Any]] = (),
    supplementary: Sequence[Mapping[str, Any]] = (),
    costs=None,
    overhead: Overhead | None = None,
    not_run: Sequence[str] = (),
    protocol: str = "",
    sizes: Mapping[str, str] | None = None,
    procedural: bool = False,
) -> None:
    """Write the page to `path`, atomically. It loads nothing: no script, no address, no second file.

    provenance: the content of provenance.json (run, commit, dirty, created, versions, device, seeds, config, budgets).
    tables, supplementary: {name, title, html: path of a fragment by `dakpn.tables.format` (or fragment: its text),
    downloads: paths}; downloads, optional, become links relative to the page. figures: {name, title, caption, path of a
    PNG}. costs: rows of costs.csv (DataFrame) or None. overhead: shown beside them. not_run: sentences. sizes: {what:
    image size} for the opening facts. procedural: prints the warning that the data are procedural miniatures. Raises
    InputError for a fragment, image or download that does not exist.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    path = Path(path)
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    lines = [] if costs is None else costs.to_dict("records")
    content = dict(
        title=title,
        style=_markup((HERE / "style.css").read_text(encoding="utf-8")),
        facts=_facts(provenance, protocol, sizes or {}),
        procedural=procedural,
        dirty=bool(provenance.get("dirty")),
        tables=[_table(entry, path.parent) for entry in tables],
        supplementary=[_table(entry, path.parent) for entry in supplementary],
        figures=[_figure(entry) for entry in figures],
        device=provenance.get("device") or {},
        versions=provenance.get("versions") or {},
        config=yaml.safe_dump(provenance.get("config") or {}, sort_keys=False, allow_unicode=True),
        stages=stage_lines(lines),
        jobs=cost_lines(lines),
        overhead=str(overhead or ""),
        budgets=_grid(provenance.get("budgets") or []),
        not_run=list(not_run),
        total=duration(sum(line["seconds"] for line in lines)),
    )
    text = environment.get_template("index.html.j2").render(content)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _facts(provenance: Mapping[str, Any], protocol: str, sizes: Mapping[str, str]) -> list[tuple[str, str]]:
    """The opening facts as (term, text); those that are not known are left out."""
    device = provenance.get("device") or {}
    seeds = provenance.get("seeds") or []
    alone = "" if len(seeds) > 1 else " (one only)"
    changed = " with uncommitted changes" if provenance.get("dirty") else ""
    facts = {
        "Run": provenance.get("run"),
        "Made": provenance.get("created"),
        "Code": f"{provenance.get('commit') or 'commit unknown'}{changed}",
        "Protocol": protocol,
        "Image size": "; ".join(f"{what}: {size}" for what, size in sizes.items()),
        "Seeds": ", ".join(map(str, seeds)) + alone if seeds else None,
        "Device": ", ".join(dict.fromkeys(str(device[key]) for key in ("name", "cpu") if device.get(key))),
    }
    return [(term, str(text)) for term, text in facts.items() if text]


def _table(entry: Mapping[str, Any], home: Path) -> dict[str, Any]:
    downloads = [Path(file) for file in entry.get("downloads", ())]
    links = [(file.suffix.lstrip("."), Path(os.path.relpath(_existing(file), home)).as_posix()) for file in downloads]
    fragment = entry.get("fragment") or _existing(Path(entry["html"])).read_text(encoding="utf-8")
    return dict(name=entry["name"], title=entry["title"], fragment=_markup(fragment), links=links)


def _figure(entry: Mapping[str, Any]) -> dict[str, Any]:
    from PIL import Image

    path = _existing(Path(entry["path"]))
    with Image.open(path) as image:
        width, height = image.size
    data = "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
    texts = {key: entry[key] for key in ("name", "title", "caption")}
    texts["alt"] = f"{entry['title']}. {entry['caption']}"
    return dict(texts, data=data, width=width, height=height)


def _grid(entries: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """(headings, lines) of a list of mappings."""
    headings = list(dict.fromkeys(key for entry in entries for key in entry))
    return headings, [[str(entry.get(key, "")) for key in headings] for entry in entries]


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path}: the report needs this file. Run the rule that makes it first.")
    return path


def _markup(text: str):
    from markupsafe import Markup

    return Markup(text)
