"""Tables as LaTeX for papers: booktabs, no wider than the text of an article at 10 pt."""

import re
from collections.abc import Sequence
from itertools import zip_longest

import pandas as pd

from dakpn.tables.notes import LEADING
from dakpn.tables.wide import ABSENT, conditions, spans, wide

TEXT_WIDTH = 345.0
r"""Points of \textwidth in the class article at 10 pt, on A4 and on letter paper."""
GAP = 6.0
"""Points between two columns, twice the \\tabcolsep that the tables set."""
LINES = 44
"""A table with more lines than this, notes included, does not stand on one page and breaks over pages."""

# Points of a character at \footnotesize in Computer Modern, by class; a class is as wide as its members on average.
_POINTS = {**dict.fromkeys(" .,:;[]ijl'-", 2.7), **dict.fromkeys("()frst", 3.4), **dict.fromkeys("±×+mMwW", 7.1)}
_USUAL, _CAPITAL = 4.4, 6.4
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


def latex(
    tidy: pd.DataFrame, caption: str, notes: Sequence[str], rows: str, label: str, *, rest: str, full: bool = False
) -> str:
    r"""A table for booktabs and threeparttable, or for longtable where it has more than LINES lines.

    It shows the leading metric, or what the paper reports where there is no leading one, and each mean with its
    deviation over seeds; full: all metrics, intervals and quartiles. rest: the file that holds what is left out.
    Columns that do not fit beside each other stand below each other.
    """
    shown, said = (_paired(tidy), list(notes)) if full else _short(tidy, notes, rest)
    if tidy["device"].notna().any():
        of_text: dict[str, list[str]] = {}
        for method, text in conditions(tidy[tidy["device"].notna()]).items():
            of_text.setdefault(text, []).append(method)
        said += [f"{', '.join(methods)}: measured on {text}." for text, methods in of_text.items()]
        shown = shown.assign(device=None)
    cells = wide(shown, _escape, lambda text: rf"\underline{{{text}}}", rows)
    blocks = _blocks(wide(shown, rows=rows), sourced="reported" in set(shown["source"]))
    bodies = [
        (_head(cells.columns[block]), [" & ".join(line) + r" \\" for line in cells.iloc[:, block].to_numpy()])
        for block in blocks
    ]
    columns = max(map(len, blocks))
    lines = sum(len(part) for body in bodies for part in body) + sum(1 + _points(text) // TEXT_WIDTH for text in said)
    layout = _pages if lines > LINES else _float
    return layout(_escape(caption), f"tab:{label}", columns, bodies, list(map(_escape, said)))


def _escape(text: str) -> str:
    # After the end of a line, TeX takes either for an option.
    return "{}" * text.startswith(("[", "*")) + re.sub(r"\s", " ", text).translate(_TEX)


def _short(tidy: pd.DataFrame, notes: Sequence[str], rest: str) -> tuple[pd.DataFrame, list[str]]:
    reported = tidy.loc[tidy["source"] == "reported", "metric"]
    chosen = {LEADING} & set(tidy["metric"]) or set(reported) or set(tidy["metric"])
    shown = tidy[tidy["metric"].isin(chosen)]
    shown = shown.assign(shown=shown["shown"].map(_without_spread))
    left = len(shown) < len(tidy) or (shown["shown"] != tidy.loc[shown.index, "shown"]).any()
    said = [_without_spread(text) for text in notes]
    return shown, said + [f"Other metrics and intervals: {rest}."] * bool(left)


def _paired(tidy: pd.DataFrame) -> pd.DataFrame:
    """`tidy` with a column of reported numbers for every metric, so that blocks below each other have the same columns;
    as it is where nothing is reported.
    """
    column = ["task", "resolution", "metric"]
    alone = ~tidy.assign(of=tidy["source"] == "reported").groupby(column)["of"].transform("any")
    empty = tidy[alone].drop_duplicates(column).assign(source="reported", shown=ABSENT, marks="", device=None)
    return pd.concat([tidy, empty]) if alone.any() and not alone.all() else tidy


def _without_spread(text: str) -> str:
    """`text` without an interval beside a deviation, and without quartiles."""
    text = re.sub(r"( ± [^\[]*?) \[.*?\]", r"\1", text)
    return re.sub(r" \([\d.]+ to [\d.]+\)|, quartiles in parentheses", "", text)


def _blocks(plain: pd.DataFrame, *, sourced: bool) -> list[list[int]]:
    """Places of the columns of each block, the first column in all: as many metrics beside each other as fit, and
    either whole panels or equal parts of one. sourced: the last level of headings is the source of a metric's numbers.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, key in enumerate(plain.columns[1:], 1):
        groups.setdefault(key[:-1] if sourced else key, []).append(place)
    panel = sum(key[:-1] == next(iter(groups))[:-1] for key in groups)
    blocks = []
    for count in range(len(groups), 0, -1):
        if count % panel and panel % count:
            continue
        parts = list(groups.values())
        blocks = [[0, *sum(parts[start : start + count], [])] for start in range(0, len(parts), count)]
        if sum(max(at) for at in zip_longest(*(_widths(plain, block) for block in blocks), fillvalue=0)) <= TEXT_WIDTH:
            break
    # A table without numbers has the names of its rows.
    return blocks or [[0]]


def _widths(plain: pd.DataFrame, block: Sequence[int]) -> list[float]:
    """Points of each column with the gap before it; where a heading over several is wider, the last has the rest."""
    part = plain.iloc[:, list(block)]
    widths = [max(map(_points, [key[-1], *part.iloc[:, i]])) + GAP * (i > 0) for i, key in enumerate(part.columns)]
    for level in range(part.columns.nlevels - 1):
        end = 0
        for text, span in spans(part.columns, level):
            end += span
            widths[end - 1] += max(0.0, _points(text) + GAP - sum(widths[end - span : end]))
    return widths


def _points(text: str) -> float:
    return sum(_POINTS.get(character, _CAPITAL if character.isupper() else _USUAL) for character in text)


def _head(columns: pd.MultiIndex) -> list[str]:
    lines = []
    for level in range(columns.nlevels):
        texts, rules, end = [], "", 0
        for text, span in spans(columns, level):
            end += span
            texts.append(rf"\multicolumn{{{span}}}{{c}}{{{text}}}" if span > 1 else text)
            rules += rf" \cmidrule(lr){{{end - span + 1}-{end}}}" if span > 1 and text else ""
        lines.append(" & ".join(texts) + r" \\" + rules)
    return lines


Bodies = Sequence[tuple[Sequence[str], Sequence[str]]]
"""Of each block the lines of its head and those below."""


def _float(caption: str, label: str, columns: int, bodies: Bodies, notes: Sequence[str]) -> str:
    return "\n".join(
        [
            r"% \usepackage{booktabs,threeparttable}",
            r"\begin{table}",
            r"\centering",
            r"\begin{threeparttable}",
            rf"\caption{{{caption}}}",
            rf"\label{{{label}}}",
            rf"\footnotesize\setlength{{\tabcolsep}}{{{GAP / 2:g}pt}}",
            rf"\begin{{tabular*}}{{\textwidth}}{{@{{}}l@{{\extracolsep{{\fill}}}}{'l' * (columns - 1)}@{{}}}}",
            r"\toprule",
            "\n\\midrule\n".join("\n".join([*head, r"\midrule", *lines]) for head, lines in bodies),
            r"\bottomrule",
            r"\end{tabular*}",
            *[r"\begin{tablenotes}[flushleft]\footnotesize\raggedright"] * bool(notes),
            *(rf"\item {note}" for note in notes),
            *[r"\end{tablenotes}"] * bool(notes),
            r"\end{threeparttable}",
            r"\end{table}",
            "",
        ]
    )


def _pages(caption: str, label: str, columns: int, bodies: Bodies, notes: Sequence[str]) -> str:
    ends = r"\endhead" if len(bodies) == 1 else r"\nopagebreak"
    return "\n".join(
        [
            r"% \usepackage{booktabs,longtable}",
            r"\begingroup\setlength{\LTcapwidth}{\textwidth}",
            rf"\footnotesize\setlength{{\tabcolsep}}{{{GAP / 2:g}pt}}",
            rf"\begin{{longtable}}{{@{{}}l{'l' * (columns - 1)}@{{}}}}",
            rf"\caption{{{caption}}}\label{{{label}}}\\",
            r"\toprule",
            "\n\\midrule\n".join("\n".join([*head, r"\midrule" + ends, *lines]) for head, lines in bodies),
            r"\bottomrule",
            r"\end{longtable}",
            *(rf"\par\noindent\raggedright {note}" for note in notes),
            r"\par\endgroup",
            "",
        ]
    )
