"""The report of a run as one HTML page that loads nothing and links to no other file."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from PIL import Image

from dakpn.claims.table import NOTES
from dakpn.efficiency.job_costs import COLUMNS
from dakpn.errors import InputError
from dakpn.files import atomic_path
from dakpn.report.answer import Answer, Gap, signed
from dakpn.report.claims import claims_section
from dakpn.report.costs import cost_lines, stage_lines
from dakpn.report.forest import forest
from dakpn.report.glossary import GLOSSARY, marked
from dakpn.report.lineage import COMMAND
from dakpn.report.look import webp
from dakpn.tables.format import render
from dakpn.tables.notes import duration, missing

HERE = Path(__file__).parent
SECTIONS = {
    "answer": "Answer",
    "claims": "Claims",
    "why": "Why",
    "look": "Look",
    "cost": "Cost",
    "tables": "Tables",
}
"""The entries of the contents: id -> text."""
TITLES = {
    "claims-power": ("claims", "What would decide the claims"),
    "gap": ("reported", "Share of the gap to the target"),
    "components": ("why", "Where the noise comes from"),
    "power": ("tables", "What would decide pairs"),
    "allocation": ("tables", "Seeds for each method"),
    "shift": ("why", "Shift card: what each part of the domain shift costs"),
    "fidelity": ("why", "Fidelity: translations against the true rendering"),
    "geometry": ("why", "Geometry certificate: whether a method moves or renames what is shown"),
    "benchmark": ("appendix", "Benchmark of single operations, on the devices that it names"),
    "sensitivity": ("tables", "Sensitivity to single settings"),
    "trajectory": ("why", "Score against training length"),
}
"""Supplementary table -> its section and title."""
KINDS = {
    "subject": "the method in question",
    "own": "its variants",
    "trained": "other trained methods",
    "control": "DA-KPN without semantics",
    "simple": "controls that train nothing",
    "target": "the target's own labels",
}
"""What the colours of the answer's rows mean: kind -> text."""
SCREEN_ONLY = ("curves", "diagnosis", "geometry", "protocols")
"""Figures, by the first word of their names, that would make the printed page too long."""
FIGURE_WIDTH = 1400


def write_report(
    path: str | Path,
    *,
    title: str,
    provenance: Mapping[str, Any],
    answers: Sequence[Answer] = (),
    reference: Mapping[str, Mapping[str, Gap]] | None = None,
    tables: Sequence[Mapping[str, Any]] = (),
    claims: pd.DataFrame | None = None,
    figures: Iterable[Mapping[str, Any]] = (),
    supplementary: Sequence[Mapping[str, Any]] = (),
    chains: Sequence[Mapping[str, Any]] = (),
    looks: Sequence[Mapping[str, Any]] = (),
    costs: pd.DataFrame | None = None,
    overhead: str = "",
    not_run: Sequence[str] = (),
    protocol: str = "",
    procedural: bool = False,
) -> None:
    """Write the page to `path`, atomically.

    provenance: the content of provenance.json. answers, reference (task -> method's label -> its gain in the reference
    run), tables (with `matrices`), chains, looks: from `answer`, `scores`, `lineage` and `look` beside this file.
    claims: claims.csv. figures: {name, title, caption, alt, section, path of an SVG or PNG}. supplementary: {name,
    title, section, fragment: HTML, paths}. costs: costs.csv. overhead: a sentence. not_run: sentences. procedural: the
    images are. Raises InputError for a figure that does not exist.
    """
    costs = pd.DataFrame(columns=COLUMNS) if costs is None else costs
    budgets, seeds = provenance["budgets"], provenance["seeds"]
    headings = list(dict.fromkeys(key for entry in budgets for key in entry))
    shown = [(answer, forest(answer, (reference or {}).get(answer.task, {}))) for answer in answers]
    text = render(
        HERE / "index.html.j2",
        title=title,
        style=_texts("vendor/img-comparison-slider.css", "style.css"),
        scripts=[_texts("vendor/img-comparison-slider.js"), _texts("page.js")],
        sections=SECTIONS.items(),
        about=_about(provenance, procedural),
        badge=badge(answers),
        answers=shown,
        kinds={kind: text for kind, text in KINDS.items() if any(kind in one.kinds.values() for one in answers)},
        hollow=any(row["hollow"] for _, plot in shown for row in plot["rows"]),
        provisional=len(seeds) == 1,
        procedural=procedural,
        claims={**claims_section(claims), "notes": NOTES} if claims is not None else None,
        figures=[_figure(entry) for entry in figures],
        screen_only=SCREEN_ONLY,
        supplementary=supplementary,
        tables=tables,
        chains=chains,
        force=COMMAND,
        looks=looks,
        colours={task["task"]: dict(task["legend"]) for task in looks},
        glossary=GLOSSARY,
        marked=marked,
        signed=signed,
        facts=_facts(provenance, protocol),
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


def badge(answers: Sequence[Answer]) -> tuple[str, str]:
    """(class, text): whether the run decides its questions."""
    open_ = sum(answer.status == "undecided" for answer in answers)
    if not answers or any(answer.status == "provisional" for answer in answers):
        return "provisional", "provisional: one seed" if answers else "no answer"
    return ("open", f"{open_} of {len(answers)} not decided") if open_ else ("decided", "decided")


def supplements(folder: str | Path, names: Iterable[str], spoken: Mapping[str, str]) -> list[dict[str, Any]]:
    """Supplementary tables as `write_report` takes them. spoken: name of a table -> how sentences call it."""
    found = []
    for name in names:
        table, _, kind = name.rpartition("-")
        section, title = TITLES.get(name) or ("tables", f"{spoken.get(table, name)} under every protocol")
        files = [Path(folder, f"{name}.{kind}") for kind in ("html", "csv", "md", "tex")]
        fragment = _existing(files[0]).read_text(encoding="utf-8")
        paths = [file.as_posix() for file in files[1:] if file.is_file()]
        found.append({"name": name, "title": title, "section": section, "fragment": fragment, "paths": paths})
    return found


def not_run(folder: str | Path, spoken: Mapping[str, str]) -> list[str]:
    """A sentence for each table of methods with rows that have no measured number. spoken: as in `supplements`."""
    said = []
    for name, text in spoken.items():
        absent = missing(pd.read_csv(Path(folder, f"{name}.csv"), dtype={"marks": str}))
        said += [f"{text}: {', '.join(absent)}"] * bool(absent)
    return said


def _about(provenance: Mapping[str, Any], procedural: bool) -> str:
    """The line below the title: what was run, on what, how often."""
    seeds = len(provenance["seeds"])
    said = [f"DA-KPN and others, run {provenance['run']}", f"{seeds} seed{'s' * (seeds > 1)}"]
    said += ["procedural miniature images: not comparable with the paper's numbers"] * procedural
    said += ["code with uncommitted changes"] * provenance["dirty"]
    return ", ".join(said) + "."


def _facts(provenance: Mapping[str, Any], protocol: str) -> dict[str, str]:
    """Facts of the appendix as term -> text; unknown ones are left out."""
    device, seeds = provenance["device"], provenance["seeds"]
    facts = {
        "Run": provenance["run"],
        "Made": provenance["created"],
        "Code": (provenance["commit"] or "commit unknown") + " with uncommitted changes" * provenance["dirty"],
        "Protocol": protocol,
        "Seeds": ", ".join(map(str, seeds)) + " (one only)" * (len(seeds) == 1),
        # Where jobs computed on the CPU, their device's name is the processor's.
        "Device": ", ".join(filter(None, [device["name"], device["cpu"] * (device["cpu"] not in device["name"])])),
    }
    return {term: text for term, text in facts.items() if text}


def _figure(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An SVG is part of the page; a PNG is shown as a smaller picture."""
    path = _existing(Path(entry["path"]))
    entry = {**entry, "alt": entry.get("alt") or f"{entry['title']}. {entry['caption']}", "svg": ""}
    if path.suffix == ".svg":
        text = path.read_text(encoding="utf-8")
        # Without the prologue of an XML file.
        return {**entry, "svg": re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>", "", text, flags=re.DOTALL)}
    with Image.open(path) as image:
        width = min(image.width, FIGURE_WIDTH)
        size = {"width": width, "height": round(image.height * width / image.width)}
        return {**entry, "data": webp(image, FIGURE_WIDTH), **size}


def _texts(*names: str) -> str:
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path}: the report needs this file. Run the rule that makes it first.")
    return path
