"""LaTeX for papers: every table of the reference run, written anew, fits the text of an article at 10 pt."""

import re
import shutil
import subprocess
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from PIL import ImageFont
from runs import ROOT

from baselines import METHODS
from dakpn.paper import PAPER, load_paper
from dakpn.plan import plan
from dakpn.plan.configure import configure
from dakpn.tables.format import write
from dakpn.tables.notes import comparison_notes, notes
from dakpn.tables.tidy import tidy

PLAN = plan(configure({"extends": "miniature"}, METHODS))
TEXTS = "shown marks group resolution unit protocol run task size device".split()
LATEX = r"""\documentclass[10pt]{article}
\usepackage{booktabs,threeparttable,longtable}
\hfuzz=1pt \vfuzz=1pt
\begin{document}
\input{%s}
\end{document}
"""
TEXT_WIDTH, TABCOLSEP = 345, 3
# The font cmr8 of \footnotesize is a little wider for its size than the one at hand.
FONT = ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts/ttf/cmr10.ttf"), 100)
POINT = 8.5 / 100


def rewrite(csv, folder):
    """Write a table of the reference run anew."""
    read = pd.read_csv(csv, dtype=dict.fromkeys(TEXTS, str)).astype({"seeds": "Int64"})
    table, name = read.fillna(dict.fromkeys(TEXTS[:7], "")), csv.stem
    if entry := PLAN.entries.get(name):
        about = dict(caption=entry["title"], full=True, **notes(table, entry, procedural=True))
        write(table, folder / name, f"Table {entry['number']}. {entry['title']}", **about)
    else:
        kind = name.rpartition("-")[2]
        about = comparison_notes(kind, "Table", table) if kind in ("differences", "multiverse") else dict(title=name)
        write(table, folder / name, **about)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The LaTeX of the reference run, and of a Table 3 of the default run's methods with wide numbers."""
    folder = tmp_path_factory.mktemp("latex")
    for csv in ROOT.glob("results/reference/tables/*.csv"):
        if csv.stem not in ("claims", "claims-power", "sensitivity"):
            rewrite(csv, folder)
    entry = PLAN.entries["table3"]
    empty = pd.DataFrame(columns="kind task method resolution seed metric value protocol run".split())
    wide = tidy("table3", entry, load_paper(PAPER), empty, run="r", protocol="paper", resolutions=["96x96", "96x160"])
    shown = wide["shown"].where(wide["source"] == "reported", "62.73 ± 10.53 [36.65, 88.80] abc")
    write(wide.assign(shown=shown), folder / "many", entry["title"], full=True, **notes(wide, entry))
    return folder


def sources(folder):
    found = sorted(folder.glob("*.tex"))
    assert {f"table{number}{full}.tex" for number in range(1, 7) for full in ("", "-full")} < {p.name for p in found}
    return found


def plain(cell):
    """What a cell shows, in letters that the font at hand has."""
    cell = re.sub(r"\\multicolumn\{\d+\}\{c\}\{(.*)\}$", r"\1", cell.strip())
    cell = re.sub(r"\\(?:underline|textsuperscript)\{([^}]*)\}", r"\1", cell)
    cell = re.sub(r"\\text\w+\{\}", "f", cell.replace(r"$\pm$", "+"))
    return cell.replace("--", "-").replace("\\", "")


def natural_width(tex):
    """Points of the widest cell of every column, summed, with the gaps; headings over several columns left out."""
    columns = {}
    for line in re.findall(r"^(.*) \\\\", tex, re.MULTILINE):
        if "multicolumn" not in line:
            for place, cell in enumerate(re.split(r"(?<!\\)&", line)):
                columns[place] = max(columns.get(place, 0), POINT * FONT.getlength(plain(cell)))
    return sum(columns.values()) + 2 * TABCOLSEP * (len(columns) - 1)


def test_columns_fit_the_text(folder):
    for path in sources(folder):
        tex = path.read_text()
        assert rf"\setlength{{\tabcolsep}}{{{TABCOLSEP}pt}}" in tex and tex.isascii(), path.name
        columns = len(re.search(r"@\{\}(l.*)@\{\}\}$", tex, re.MULTILINE)[1].replace(r"@{\extracolsep{\fill}}", ""))
        lines = [re.sub(r"\\multicolumn\{(\d+)\}", lambda m: "&" * (int(m[1]) - 1), line) for line in tex.split("\n")]
        used = {len(re.findall(r"(?<!\\)&", line)) + 1 for line in lines if re.search(r" \\\\", line)}
        assert max(used) == columns, path.name
        assert natural_width(tex) <= TEXT_WIDTH, path.name


def test_a_table_that_is_too_wide_is_seen():
    assert natural_width(" & ".join(["62.73 [36.65, 88.80]"] * 5) + r" \\") > TEXT_WIDTH


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no TeX is installed")
def test_no_box_is_overfull(folder):
    if subprocess.run(["kpsewhich", "threeparttable.sty", "booktabs.sty"], capture_output=True).returncode:
        pytest.skip("TeX lacks booktabs or threeparttable")
    for path in sources(folder):
        (folder / "article.tex").write_text(LATEX % path.name)
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "article.tex"]
        text = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
        (folder / "article.tex").unlink()
        assert "Output written" in text, path.name + text[-2000:]
        assert not re.findall("^(?:Overfull|.*Float too large).*", text, re.MULTILINE), path.name


def test_the_usual_source_is_short_and_names_the_full_one(folder):
    tex, full = ((folder / f"table3{kind}.tex").read_text() for kind in ("", "-full"))
    assert r"\caption{Segmentation of Cityscapes by a network trained on GTA5 translations (street)}" in tex
    assert r"\label{tab:table3}" in tex and r"\label{tab:table3-full}" in full
    assert r"\multicolumn{2}{c}{mIOU}" in tex and "{pxAcc}" not in tex and "{pxAcc}" in full
    rows = pd.read_csv(ROOT / "results/reference/tables/table3.csv").query("metric == 'mIOU' and source == 'measured'")
    for row in rows.itertuples():
        assert rf"{row.value:.2f} $\pm$ {row.seed_sd:.2f} {row.group}" in tex
        assert f"[{row.ci_low:.2f}, {row.ci_high:.2f}]" in full and f"[{row.ci_low:.2f}" not in tex
    assert r"\underline{36.82}\textdagger{}" in tex and "table3-full.tex" in tex and "table3-full.tex" not in full
    assert all(rule in tex for rule in (r"\toprule", r"\cmidrule(lr){2-3}", r"\bottomrule"))
    assert all(text.count("{") == text.count("}") for text in (tex, full))


def test_without_a_spread_over_seeds_the_interval_is_kept(folder):
    csv = pd.read_csv(ROOT / "results/reference/tables/table4-differences.csv").query("metric == 'mIOU'")
    tex = (folder / "table4-differences.tex").read_text()
    assert len(csv) > 10 and all(f"& {shown}" in tex for shown in csv["shown"])


def test_conditions_of_timings_stand_below(folder):
    tex = (folder / "table2.tex").read_text()
    assert (
        r"\item CycleGAN, VSAIT, SRUNIT, CUT, DA-KPN: measured on AMD EPYC (2 cores)" in tex and "quartiles" not in tex
    )
    assert r"\begin{tablenotes}" in tex
    rows = pd.read_csv(ROOT / "results/reference/tables/table2.csv").query("metric == 'train_iteration' and value > 0")
    ranges = [re.search(r"\(.* to .*\)", shown)[0] for shown in rows.query("source == 'measured'")["shown"]]
    assert len(ranges) == 5 and all(text in (folder / "table2-full.tex").read_text() for text in ranges)
