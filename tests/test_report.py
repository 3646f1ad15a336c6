"""The report: one file that loads nothing, shows everything it was given, and escapes what it prints."""

import base64
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from PIL import Image

from dakpn.errors import InputError
from dakpn.paper import PAPER, captions
from dakpn.report.page import listed, supplement_title, write_report

PROVENANCE = dict(
    run="miniature",
    commit="abc123",
    dirty=True,
    created="2026-11-22",
    versions={"torch": "2.14"},
    device=dict(name="cpu", kind="cpu", cpu="Some CPU", cores=2),
    seeds=[1],
    config={"data": {"note": "<script>alert(1)</script>"}},
    budgets=[{"target": "all", "minutes": 20}],
)
VOID = {"meta", "link", "img", "br"}


class Page(HTMLParser):
    """Checks that tags close in order; collects ids, links, images and headings."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.images = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if tag == "a" else []
        self.images += [attributes] if tag == "img" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def report(tmp_path):
    tables = []
    for number in range(1, 7):
        (tmp_path / f"table{number}.html").write_text(f"<figure id='table{number}'>numbers of table {number}</figure>")
        (tmp_path / f"table{number}.csv").write_text("a\n")
        downloads = [tmp_path / f"table{number}.csv"]
        tables.append(
            dict(
                name=f"table{number}",
                title=f"Table {number}",
                html=tmp_path / f"table{number}.html",
                downloads=downloads,
            )
        )
    Image.new("RGB", (30, 20), "red").save(tmp_path / "figure2.png")
    figure = dict(name="figure2", title="Figure 2", caption="Crops", path=tmp_path / "figure2.png", alt="Two & <more>")
    costs = pd.DataFrame(
        [
            ("data", "street", None, None, None, None, 30.0, 200.0, "cpu", None),
            ("translate", "street", "vsait", None, None, 1, 7200.0, 900.0, "cpu", None),
            ("score", "street", "vsait", "8x8", "tiny", 1, 1.0, 300.0, "cpu", None),
        ],
        columns="stage task method resolution segmenter seed seconds max_rss_mib device gpu_memory_mib".split(),
    )

    def build(**changes):
        path = tmp_path / "reports" / "run" / "index.html"
        options = dict(
            title="Report",
            provenance=PROVENANCE,
            tables=tables,
            figures=[figure],
            costs=costs,
            not_run=["Table 1: DRIT"],
        )
        write_report(path, **{**options, **changes})
        return path.read_text(encoding="utf-8")

    return build


def test_the_page_loads_nothing(report):
    text = report()
    assert not re.search(r"https?:|//[\w.]+/|@import|url\(|<script", text)
    assert all(image["src"].startswith("data:image/png;base64,") for image in Page(text).images)


def test_tags_close_ids_are_unique_and_inner_links_lead_somewhere(report):
    page = Page(report())
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_tables_come_first_and_in_order_then_everything_else(report):
    text = report()
    order = [f"numbers of table {n}" for n in range(1, 7)] + [
        "Figure 2</h3>",
        "What was run on what",
        "Wall time per stage",
        "Table 1: DRIT",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_figures_are_embedded_with_alternative_text(report, tmp_path):
    image = Page(report()).images[0]
    assert base64.b64decode(image["src"].split(",")[1]) == (tmp_path / "figure2.png").read_bytes()
    assert image["alt"] == "Two & <more>" and image["width"] == "30"


def test_what_is_printed_is_escaped(report):
    text = report(title="<b>", not_run=["<i>"])
    assert "&lt;script&gt;" in text and "<title>&lt;b&gt;</title>" in text and "<i>" not in text


def test_the_procedural_warning_is_printed_only_for_procedural_runs(report):
    assert "not comparable with the paper" in report(procedural=True)
    assert "not comparable with the paper" not in report()


def test_costs_budgets_device_and_downloads_are_listed(report):
    text = report()
    assert all(
        part in text for part in ("2.0 h", "Some CPU", "minutes", "uncommitted changes", 'href="../../table1.csv"')
    )
    cells = (">score<", ">street<", ">vsait<", ">8x8<", ">tiny<", ">1<", ">1 s<", ">300 MiB<", "><")
    (line,) = (line for line in text.splitlines() if ">tiny<" in line)
    assert [f">{cell}<" for cell in re.findall(r"<t[hd][^>]*>([^<]*)</t", line)] == list(cells)
    assert "nan" not in text.lower().split("</style>")[1].replace("provenance", "")


def test_a_report_without_figures_and_costs_is_complete(report):
    page = Page(report(figures=[], costs=None, not_run=[]))
    assert "cost" in page.ids and "figures" not in page.ids


def test_language_viewport_and_skip_link(report):
    text = report()
    assert '<html lang="en">' in text and 'name="viewport"' in text and 'class="skip" href="#tables"' in text


def test_a_missing_file_is_named(report, tmp_path):
    (tmp_path / "table3.html").unlink()
    with pytest.raises(InputError, match="table3.html"):
        report()


@pytest.mark.parametrize(
    "name, title",
    [
        ("claims", "Claims ledger"),
        ("table3-differences", "Differences within Table 3"),
        ("table3-multiverse", "Every protocol: Table 3"),
        ("fcn-score-night-differences", "Differences within Fcn score night"),
    ],
)
def test_a_supplementary_table_is_announced_by_the_table_it_belongs_to(name, title):
    assert supplement_title(name, {"table3": "Table 3", "fcn-score-night": "Fcn score night"}) == title


def test_a_listed_table_offers_the_formats_that_there_are(tmp_path):
    for suffix in ("csv", "md", "html"):
        (tmp_path / f"gap.{suffix}").write_text("x")
    (entry,) = listed(tmp_path, {"gap": "Gap"})
    assert entry == {
        "name": "gap",
        "title": "Gap",
        "html": tmp_path / "gap.html",
        "downloads": [tmp_path / "gap.csv", tmp_path / "gap.md"],
    }


def test_every_figure_has_a_caption_and_one_of_an_own_task_names_it():
    found = captions(PAPER, {"figure3": ("translations", "street"), "translations-night": ("translations", "night")})
    assert found["figure3"]["title"] == "Figure 3: street translations"
    assert "night" in found["translations-night"]["title"]
    assert "{" not in str(list(found["translations-night"].values()))
