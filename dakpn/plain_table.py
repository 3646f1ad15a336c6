"""A table whose cells are finished texts, in the same four formats as the tables of scores."""

import html
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from dakpn.files import atomic_path
from dakpn.table_format import TEX, fragment


def write_plain(
    frame: pd.DataFrame, tidy: pd.DataFrame, stem: str | Path, title: str, notes: Sequence[str] = ()
) -> None:
    """Write `stem`.csv (tidy), and `frame` as .md, .tex and .html, each atomically.

    frame: texts under their headings, the first column names the line; tidy: the numbers behind it. notes: sentences
    below the table. Texts are plain; each format escapes them.
    """
    stem = Path(stem)
    lines = [list(map(str, line)) for line in frame.itertuples(index=False)]
    headings = [str(heading) for heading in frame.columns]
    texts = {
        ".csv": tidy.to_csv(index=False),
        ".md": _markdown(headings, lines, title, notes),
        ".tex": _latex(headings, lines, title, notes, stem.name),
        ".html": fragment(
            label=stem.name,
            title=title,
            above=(),
            notes=notes,
            levels=[[(heading, 1) for heading in headings]],
            kinds=["plain"] * len(headings),
            body=lines,
        ),
    }
    for suffix, text in texts.items():
        with atomic_path(stem.with_name(stem.name + suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _markdown(headings: list[str], lines: list[list[str]], title: str, notes: Sequence[str]) -> str:
    def escape(text: str) -> str:
        return html.escape(text, quote=False).replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")

    frame = pd.DataFrame([list(map(escape, line)) for line in lines], columns=list(map(escape, headings)))
    table = frame.to_markdown(index=False, disable_numparse=True, tablefmt="pipe")
    parts = [f"### {escape(title)}", table, "\n".join(f"- {escape(note)}" for note in notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _latex(headings: list[str], lines: list[list[str]], title: str, notes: Sequence[str], label: str) -> str:
    def escape(text: str) -> str:
        return text.translate(TEX)

    frame = pd.DataFrame([list(map(escape, line)) for line in lines], columns=list(map(escape, headings)))
    text = frame.style.hide(axis="index").to_latex(
        hrules=True,
        column_format="l" * len(headings),
        position_float="centering",
        caption=escape(f"{title}."),
        label=f"tab:{label}",
    )
    sentences = "".join(f"\n\\par\\footnotesize {escape(note)}" for note in notes)
    return "% \\usepackage{booktabs}\n" + text.replace("\\end{table}", sentences.lstrip("\n") + "\n\\end{table}")
