"""From tidy rows to files that people read: Markdown, LaTeX and HTML with the digits of the CSV."""

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dakpn.files import atomic_path
from dakpn.tables.latex import latex
from dakpn.tables.wide import CONDITIONS, panels, spans, wide

KINDS = {"reported": "reported", "measured": "measured", CONDITIONS: "conditions"}


def write(
    tidy: pd.DataFrame,
    stem: str | Path,
    title: str,
    notes: Sequence[str] = (),
    *,
    above: Sequence[str] = (),
    rows: str = "Method",
    display: pd.DataFrame | None = None,
    caption: str | None = None,
    full: bool = False,
) -> None:
    """Write `stem`.csv (tidy), .md, .tex (for a paper) and .html (a fragment: table and notes), each atomically.

    stem: path without suffix; its last part is the label of the table. above, notes: sentences before and below the
    numbers. rows: heading of the first column. display: the lines that people see, all by default. caption: that of the
    LaTeX, `title` by default. full: also write `stem`-full.tex with all metrics and intervals. Texts are plain; each
    format escapes them.
    """
    stem, seen = Path(stem), tidy if display is None else display
    name, said = stem.name, [*above, *notes]
    about = dict(caption=caption or title, notes=said, rows=rows, rest=f"{name}-full.tex" if full else f"{name}.csv")
    write_formats(
        stem,
        csv=tidy.to_csv(index=False),
        md=markdown(seen, title, notes, above, rows),
        tex=latex(seen, label=name, **about),
        html=html_fragment(seen, title, notes, above, rows, name),
    )
    if full:
        write_formats(stem.with_name(f"{name}-full"), tex=latex(seen, label=f"{name}-full", full=True, **about))


def write_formats(stem: Path, **texts: str) -> None:
    """Write each text to `stem`.<its name>, atomically."""
    for suffix, text in texts.items():
        with atomic_path(stem.with_name(f"{stem.name}.{suffix}")) as temporary:
            temporary.write_text(text, encoding="utf-8")


def markdown(tidy: pd.DataFrame, title: str, notes: Sequence[str], above: Sequence[str], rows: str) -> str:
    """A tidy table by `pipe_tables`; several metrics have a table for each panel, so that headings stay short."""
    parts = {"": tidy}
    if tidy["metric"].nunique() > 1:
        parts = dict(list(tidy.assign(resolution="", task="").groupby(panels(tidy), sort=False)))
    tables = {}
    for panel, lines in parts.items():
        frame = wide(lines, escape_markdown, lambda text: f"<ins>{text}</ins>", rows)
        tables[panel] = frame.set_axis([" ".join(filter(None, key)) for key in frame.columns], axis=1)
    return pipe_tables(tables, title, notes, above)


def pipe_tables(
    tables: Mapping[str, pd.DataFrame], title: str, notes: Sequence[str] = (), above: Sequence[str] = ()
) -> str:
    """GitHub Markdown: heading, sentences, pipe tables, notes as a list. tables: the text over each, if any ->
    cells, whose columns are the headings. Cells and headings are escaped already.
    """
    parts = [f"### {escape_markdown(title)}", *(f"**{escape_markdown(text)}**" for text in above)]
    for panel, cells in tables.items():
        about = dict(headers=list(cells.columns), disable_numparse=True, colalign=["left"] * cells.shape[1])
        parts += [
            f"**{escape_markdown(panel)}**" * bool(panel),
            cells.to_markdown(index=False, tablefmt="pipe", **about),
        ]
    parts.append("\n".join(f"- {escape_markdown(text)}" for text in notes))
    return "\n\n".join(filter(None, parts)) + "\n"


def escape_markdown(text: str) -> str:
    """`text` on one line, with the characters escaped that Markdown or HTML would interpret. Brackets are, where an
    address would follow; intervals stay readable.
    """
    one_line = re.sub(r"\s", " ", html.escape(text, quote=False))
    return re.sub(r"([\\|*_]|\](?=[(\[:]))", r"\\\1", one_line)


def html_fragment(
    tidy: pd.DataFrame, title: str, notes: Sequence[str], above: Sequence[str], rows: str, label: str
) -> str:
    """A <figure> with one table: caption, column and row headings with scope, cells with the class of their source."""
    frame = wide(tidy, lambda text: str(Markup.escape(text)), lambda text: f"<u>{text}</u>", rows)
    levels = [
        [(Markup(text), span) for text, span in spans(frame.columns, level)] for level in range(frame.columns.nlevels)
    ]
    kinds = [KINDS.get(key[-1], "plain") for key in frame.columns]
    lines = frame.itertuples(index=False)
    body = [[_markup(cell, kind) for cell, kind in zip(line, kinds, strict=True)] for line in lines]
    return fragment(label=label, title=title, above=above, notes=notes, levels=levels, kinds=kinds, body=body)


def fragment(*, texts: bool = False, **content) -> str:
    """The <figure> of table.html.j2. content: label, title, above, notes, levels of (heading, span), kinds, body of
    cells. texts: cells are sentences, which may wrap.
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


def _markup(cell: str, kind: str):
    """Escaped text as markup; a line may break only between a measured number and its interval."""
    number, bracket, interval = re.match(r"([^\[(]*)([\[(]?)(.*)", cell).groups()
    if kind != "measured" or not bracket:
        return Markup(cell)
    return Markup(f"<span>{number.rstrip()}</span> <span>{bracket}{interval}</span>")
