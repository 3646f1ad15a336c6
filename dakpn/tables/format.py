"""From tidy rows to files that people read: Markdown, LaTeX and HTML with the digits of the CSV."""

import html
import re
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dakpn.files import atomic_path
from dakpn.tables.notes import MARKS

TITLES = {
    "params": "Parameters trainable (M)",
    "params_training": "Parameters in training (M)",
    "params_inference": "Parameters at inference (M)",
    "train_iteration": "Train (s/iteration)",
    "train_epoch": "Train (s/epoch)",
    "inference_image": "Inference (s/image)",
    "peak_memory": "Peak memory (MiB)",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "flip_rate": "Flip rate (%)",
    "reach_fixed": "Reach, parameters fixed (px)",
    "reach": "Reach, end to end (px)",
    "edge_shift": "Edge shift (px)",
    "semantic_flip": "Semantic flips (%)",
}
UNITS = {"dB": " (dB)", "points": " (points)"}
TASKS = {"street": "Street", "face": "Face"}
CONDITIONS = "Measured on"
KINDS = {"reported": "reported", "measured": "measured", CONDITIONS: "conditions"}
ABSENT = "–"

# The Styler escapes cells, but neither captions nor notes, and leaves symbols to the reader's fonts: one map for all.
_TEX = str.maketrans(
    {
        **{character: "\\" + character for character in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "±": r"$\pm$",
        "×": r"$\times$",
        "†": r"\textdagger{}",
        "‡": r"\textdaggerdbl{}",
        "ᵃ": r"\textsuperscript{a}",
        "ᵇ": r"\textsuperscript{b}",
        "ᶜ": r"\textsuperscript{c}",
        "–": "--",
    }
)


def write(
    tidy: pd.DataFrame,
    stem: str | Path,
    title: str,
    notes: Sequence[str] = (),
    *,
    above: Sequence[str] = (),
    rows: str = "Method",
    display: pd.DataFrame | None = None,
) -> None:
    """Write `stem`.csv (tidy), .md, .tex (booktabs) and .html (a fragment: table and notes), each atomically.

    stem: path without suffix; its last part is the label of the table. above, notes: sentences before and below the
    numbers. rows: heading of the first column. display: the lines that people see, all by default. Texts are plain;
    each format escapes them.
    """
    stem, seen = Path(stem), tidy if display is None else display
    texts = {
        ".csv": tidy.to_csv(index=False),
        ".md": markdown(seen, title, notes, above, rows),
        ".tex": latex(seen, title, notes, above, rows, stem.name),
        ".html": html_fragment(seen, title, notes, above, rows, stem.name),
    }
    for suffix, text in texts.items():
        with atomic_path(stem.with_name(stem.name + suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def wide(
    tidy: pd.DataFrame, escape: Callable[[str], str] = str, underline: Callable[[str], str] = str, rows: str = "Method"
) -> pd.DataFrame:
    """One line per method, one column per panel (resolution or task), metric and source; all texts are escaped.

    Columns are tuples (panel, metric, source), the first holds the method's label. Reported and measured numbers never
    share a column. Levels that say nothing are left out.
    """
    methods = list(dict.fromkeys(tidy["method"]))
    columns = {("", "", escape(rows)): {method: escape(method) for method in methods}}
    numbers = tidy.assign(panel=_panels(tidy))
    both = (numbers["source"] == "reported").any()
    # A method may lack the first metric of a panel, whose columns still stand together and in the order of TITLES.
    panels, metrics = list(dict.fromkeys(numbers["panel"])), list(TITLES)
    groups = sorted(
        numbers.groupby(["panel", "metric"], sort=False),
        key=lambda group: (panels.index(group[0][0]), metrics.index(group[0][1]) if group[0][1] in TITLES else -1),
    )
    for (panel, metric), found in groups:
        heading = TITLES.get(metric, metric) + UNITS.get(found["unit"].iloc[0], "")
        for source, lines in found.sort_values("source", ascending=False, kind="stable").groupby("source", sort=False):
            cells = {line.method: _cell(line, escape, underline) for line in lines.itertuples()}
            key = (escape(panel), escape(heading), source if both else "")
            columns[key] = {m: cells.get(m, escape(ABSENT)) for m in methods}
    if tidy["device"].notna().any():
        conditions = {method: _conditions(tidy[tidy["method"] == method]) for method in methods}
        columns["", "", CONDITIONS] = {method: escape(text) for method, text in conditions.items()}
    frame = pd.DataFrame(columns, index=methods)
    frame.columns = pd.MultiIndex.from_tuples(columns)
    # A level that is the same everywhere but over the label columns says nothing.
    for level in (2, 0):
        if not any(key[level] for key in list(columns)[1:]):
            frame.columns = pd.MultiIndex.from_tuples(_without(frame.columns, level))
    return frame


def markdown(tidy: pd.DataFrame, title: str, notes: Sequence[str], above: Sequence[str], rows: str) -> str:
    """GitHub Markdown: heading, sentences, pipe table, notes as a list."""

    def escape(text: str) -> str:
        return (
            html.escape(text, quote=False)
            .replace("\\", "\\\\")
            .replace("|", "\\|")
            .replace("*", "\\*")
            .replace("_", "\\_")
        )

    frame = wide(tidy, escape, lambda text: f"<ins>{text}</ins>", rows)
    headings = [" ".join(part for part in key if part) for key in frame.columns]
    align = ["left"] * len(headings)
    table = frame.to_markdown(index=False, headers=headings, disable_numparse=True, colalign=align, tablefmt="pipe")
    sentences = [f"**{escape(text)}**" for text in above]
    parts = [f"### {escape(title)}", *sentences, table, "\n".join(f"- {escape(text)}" for text in notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def latex(tidy: pd.DataFrame, title: str, notes: Sequence[str], above: Sequence[str], rows: str, label: str) -> str:
    """A table environment for booktabs; its sentences follow the tabular in the same environment."""

    def escape(text: str) -> str:
        return text.translate(_TEX)

    frame = wide(tidy, escape, lambda text: rf"\underline{{{text}}}", rows)
    text = frame.style.hide(axis="index").to_latex(
        hrules=True,
        column_format="l" * len(frame.columns),
        multicol_align="c",
        position_float="centering",
        caption=escape(" ".join([title + ".", *above])),
        label=f"tab:{label}",
    )
    sentences = "".join(f"\n\\par\\footnotesize {escape(note)}" for note in notes)
    return "% \\usepackage{booktabs}\n" + text.replace("\\end{table}", sentences.lstrip("\n") + "\n\\end{table}")


def html_fragment(
    tidy: pd.DataFrame, title: str, notes: Sequence[str], above: Sequence[str], rows: str, label: str
) -> str:
    """A <figure> with one table: caption, column and row headings with scope, cells with the class of their source."""
    frame = wide(tidy, lambda text: str(Markup.escape(text)), lambda text: f"<u>{text}</u>", rows)
    # The texts in the frame are escaped already.
    depth = range(frame.columns.nlevels)
    levels = [[(Markup(text), span) for text, span in _spans(frame.columns, level)] for level in depth]
    kinds = [KINDS.get(key[-1], "plain") for key in frame.columns]
    lines = frame.itertuples(index=False)
    body = [[_markup(cell, kind) for cell, kind in zip(line, kinds, strict=True)] for line in lines]
    return fragment(label=label, title=title, above=above, notes=notes, levels=levels, kinds=kinds, body=body)


def fragment(*, texts: bool = False, **content) -> str:
    """The <figure> of table.html.j2: label, title, above, notes, levels of (heading, span), kinds and body of cells.

    texts: cells are sentences, which may wrap.
    """
    return render(Path(__file__).parent / "table.html.j2", texts=texts, **content) + "\n"


def render(template: Path, **content) -> str:
    """Fill a Jinja template of HTML. Texts are escaped; a name that `content` lacks is an error."""
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(content)


def _cell(line, escape: Callable[[str], str], underline: Callable[[str], str]) -> str:
    marks = line.marks.split()
    shown = escape(line.shown)
    return (underline(shown) if "underline" in marks else shown) + escape("".join(MARKS[mark][0] for mark in marks))


def _markup(cell: str, kind: str):
    """Escaped text as markup; a measured number and its interval may stand on two lines, but neither breaks inside."""
    number, bracket, interval = re.match(r"([^\[(]*)([\[(]?)(.*)", cell).groups()
    if kind != "measured" or not bracket:
        return Markup(cell)
    return Markup(f"<span>{number.rstrip()}</span> <span>{bracket}{interval}</span>")


def _panels(tidy: pd.DataFrame) -> list[str]:
    """The heading over a group of columns: the task (and size) in a table of several, else the paper's size and the
    run's.
    """
    if tidy["task"].nunique() > 1:
        lines = zip(tidy["task"], tidy["resolution"], strict=True)
        return [f"{TASKS.get(task, task)} {resolution}".strip() for task, resolution in lines]
    sizes = tidy.dropna(subset="size").groupby("resolution")["size"].first()
    return [f"{r} (measured at {sizes[r]})" if r and sizes.get(r, r) != r else r for r in tidy["resolution"]]


def _conditions(lines: pd.DataFrame) -> str:
    """Device, batch and image size of a method's timings: "H200; train, peak: batch 8, 96x160; inference: ..."."""
    parts = []
    for (device, batch, size), found in lines.dropna(subset="device").groupby(["device", "batch", "size"], sort=False):
        parts += [device] * (device not in parts)
        parts.append(
            f"{', '.join(dict.fromkeys(m.split('_')[0] for m in found['metric']))}: batch {int(batch)}, {size}"
        )
    return "; ".join(parts) or ABSENT


def _without(columns: pd.MultiIndex, level: int) -> list[tuple[str, ...]]:
    """Column keys without one level; a text only there (the first column's heading) moves to the remaining level."""
    keys = []
    for key in columns:
        rest = [text for i, text in enumerate(key) if i != level]
        keys.append(tuple(rest if any(rest) else [*rest[:-1], key[level]]))
    return keys


def _spans(columns: pd.MultiIndex, level: int) -> list[tuple[str, int]]:
    """(heading, number of columns) at `level`: neighbours with equal headings there and in every level above."""
    return [(key[-1], len(list(run))) for key, run in groupby(columns, key=lambda key: key[: level + 1])]
