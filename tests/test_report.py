"""The report: one file that loads nothing and links to none, shows all that it was given, and escapes it."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.paper import PAPER, captions
from dakpn.report.answer import Answer, Gap
from dakpn.report.forest import forest
from dakpn.report.lineage import chains, slug
from dakpn.report.look import webp, worst_images
from dakpn.report.page import badge, supplements, write_report
from dakpn.report.scores import page_tables

PROVENANCE = dict(
    run="miniature",
    commit="abc123",
    dirty=True,
    created="2026-11-22",
    versions={"torch": "2.14"},
    device=dict(name="cpu", kind="cpu", cpu="Some CPU", cores=2),
    seeds=[0, 1, 2],
    config={"data": {"note": "<script>alert(1)</script>"}},
    budgets=[{"target": "all", "minutes": 20}],
)
VOID = {"meta", "link", "img", "br", "input"}
EVIL = "\u202e<b>\"Me'thod</b>\u200f"
LINEAGE = {
    "cells": [["table3", EVIL, "8x8", ["score/a"]], ["table3", "Source", "8x8", ["score/b"]]],
    "nodes": {
        "view/x": {"rule": "view", "file": "r/view/x/view.json", "seed": None, "needs": []},
        "translator/a": {"rule": "translator", "file": "r/translator/a/w", "seed": 3, "needs": ["view/x"]},
        "score/a": {"rule": "score", "file": "r/score/a/confusion.npz", "seed": 3, "needs": ["translator/a", "view/x"]},
        "score/b": {"rule": "score", "file": "r/score/b/confusion.npz", "seed": 3, "needs": ["view/x"]},
    },
}


class Page(HTMLParser):
    """Checks that tags close in order; collects ids, links, images, headings and the text of the body."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.images, self.levels, self.tables, self.texts = [], [], [], [], [], 0, []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if tag == "a" else []
        self.images += [attributes] if tag == "img" else []
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.tables += (tag == "caption") - (tag == "table")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.ids += [value for key, value in attributes if key == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & {*self.open}:
            self.texts.append(data)


def answer(verdict="different", value=8.7):
    gains = {EVIL: Gap(value, value - 2, value + 2, verdict), "FDA": Gap(1.0, 0.0, 2.0, "undecided")}
    kinds = {EVIL: "subject", "FDA": "simple"}
    return Answer("town", None, "8x8", EVIL, gains, kinds, "FDA", Gap(7.7, 6.0, 9.0, verdict), {EVIL: 60.0})


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    lines = [
        (3, "street", method, "8x8", metric, value, source, shown, "8x8", "")
        for method, value, shown in (
            (EVIL, 30.5, "30.50 ± 1.00"),
            ("Source", 20.0, "20.00"),
            ("Later", None, "not run"),
        )
        for metric in ("pxAcc", "mIOU")
        for source in ("reported", "measured")
    ]
    names = "table task method resolution metric value source shown size marks".split()
    pd.DataFrame(lines, columns=names).assign(device=None, batch=None).to_csv(folder / "table3.csv", index=False)
    pair = dict(method=f"{EVIL} less Source", resolution="8x8", metric="mIOU", value=10.5, ci_low=9, ci_high=12, p=0.01)
    pd.DataFrame([{**pair, "marks": "different"}]).to_csv(folder / "table3-differences.csv", index=False)
    (folder / "table3.html").write_text('<ul class="notes">\n<li>A &lt;note&gt;</li>\n</ul>')
    (folder / "table3.md").write_text("| A <table> |")
    (folder / "gap.html").write_text("<table id='gap'><caption>c</caption></table>")
    (folder / "gap.csv").write_text("a")
    Image.new("RGB", (3000, 20), "red").save(tmp_path / "figure2.png")
    (tmp_path / "chart.svg").write_text("<?xml version='1.0'?>\n<svg id='chart-1'><path id='chart-2'/></svg>")
    text = dict(title="Figure 2", caption="Crops & <more>", alt='A "red" bar')
    figures = [
        dict(name="figure2", section="look", path=tmp_path / "figure2.png", **text),
        dict(name="chart", section="why", path=tmp_path / "chart.svg", **text),
    ]
    costs = pd.DataFrame(
        [("data", None, None, 30.0, 200.0, "cpu"), ("score", "8x8", 1, 1.0, 300.0, "cpu")],
        columns="stage resolution seed seconds max_rss_mib device".split(),
    ).assign(task="street", method=EVIL, segmenter="tiny", gpu_memory_mib=None)
    image, claim = webp(np.zeros((8, 16, 3), np.uint8)), dict(kind="claim", id="c-1", where="Abstract", quote="<best>")
    claim |= dict(
        reading="mIOU", paper="contradicted", numbers="A 1, B 2", run="supported", comparison="A - B", effect=1
    )
    claim |= dict(low=0.5, high=2.0, unit="points", p_holm=0.01, held=1, judged=1, total=1)
    check = dict(kind="check", id="s", reading="seeds are stated", paper="fails", numbers="not found")
    look = dict(
        task="town", ids=["s1"], methods={"Source": [image], EVIL: [image]}, size=(8, 16), worst=[], source="Source"
    )
    chained = chains(LINEAGE, tmp_path, {})

    def build(**changes):
        path = tmp_path / "reports" / "run" / "index.html"
        options = dict(
            title="Report",
            provenance=PROVENANCE,
            answers=[answer()],
            reference={"town": {"FDA": Gap(2.0, 1.0, 3.0, "different")}},
            tables=page_tables(folder, {"table3": "Table 3"}, chained, ["Source", EVIL]),
            claims=pd.DataFrame([claim, check]),
            figures=figures,
            supplementary=supplements(folder, ["gap"], {}),
            chains=chained,
            looks=[{**look, "subject": EVIL, "legend": [("road", "#804080")]}],
            costs=costs,
            not_run=["Table 1: DRIT"],
        )
        write_report(path, **{**options, **changes})
        return path.read_text(encoding="utf-8")

    return build


def test_the_page_loads_nothing_and_links_to_no_file(report):
    text = report()
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"} and not re.search(r"@import|url\(|sourceMappingURL", text)
    page = Page(text)
    assert all(link.startswith("#") for link in page.links)
    shown = [image for image in page.images if image.get("src")]
    assert len(shown) == 3 and all(image["src"].startswith("data:image/webp;base64,") for image in shown)


def test_ids_are_unique_inner_links_lead_somewhere_and_the_outline_skips_no_level(report):
    page = Page(report())
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert page.levels[0] == page.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.levels, page.levels[1:], strict=False))


def test_every_table_has_a_caption_and_every_image_says_what_it_shows(report):
    page = Page(report())
    assert page.tables == 0
    assert all(image["alt"] for image in page.images if image.get("src"))


def test_the_answer_stands_before_everything_else(report):
    text = "".join(Page(report()).texts)
    parts = ["On town, ", "Reported against measured", "sentences of the paper", "Figure 2", "Wall time per stage"]
    places = [text.index(part) for part in [*parts, "Table 3", "Table 1: DRIT"]]
    assert places == sorted(places)


def test_what_is_printed_is_escaped_and_marks_of_direction_stay_inside_their_name(report):
    text = report(title="<b>", not_run=["<i>"])
    assert "<title>&lt;b&gt;</title>" in text and "&lt;script&gt;alert" in text
    assert not re.search(r"<i>|<b>|<best>|<table> |<note>|<more>", text)
    page = Page(text)  # a quote in a name that closed an attribute would leave tags open or ids doubled
    assert "".join(page.texts).count(EVIL) > 5
    cells = re.findall(r"<th scope=\"(?:row|col)\">(?:<bdi>)?\u202e", text)
    assert cells and all("<bdi>" in cell for cell in cells if "Source" in cell)


@pytest.mark.parametrize(
    "outcomes, words",
    [
        ((answer(), answer("equivalent")), ("decided", "decided")),
        ((answer(), answer("undecided")), ("open", "1 of 2 not decided")),
        ((answer("provisional"), answer("provisional")), ("provisional", "provisional: one seed")),
        ((), ("provisional", "no answer")),
    ],
)
def test_one_badge_says_whether_the_run_decides(outcomes, words):
    assert badge(outcomes) == words


def test_the_forest_holds_every_number_and_cuts_the_references_intervals_only():
    plot = forest(answer(), {"FDA": Gap(3.0, -500.0, 500.0, "undecided")})
    marks = [row["mark"] for row in plot["rows"]]
    assert all(0 <= mark["low"] < mark["at"] < mark["high"] <= 100 for mark in marks)
    # +8.7 on an axis from 0 to 12, by the places of its ticks.
    (start, _), (end, text) = plot["ticks"][0], plot["ticks"][-1]
    assert (start, end, text) == (0, 100, "+12") and marks[0]["at"] == pytest.approx(100 * 8.7 / 12, abs=0.01)
    hollow = plot["rows"][1]["hollow"]
    assert (hollow["low"], hollow["high"]) == (0, 100) and hollow["at"] == pytest.approx(25)
    assert plot["rows"][0]["hollow"] is None


def test_a_measured_cell_has_an_id_and_opens_what_it_was_computed_from(report):
    text, name = report(), slug("table3", EVIL, "8x8")
    (cell,) = re.findall(
        rf'<td class="measured" id="{name}-miou" data-sort="30.5"><a class="opens" href="#(.*?)">', text
    )
    (listed,) = re.findall(rf'<article id="{cell}">(.*?)</article>', text, re.DOTALL)
    files = re.findall(r"<code>(r/.*?)</code>", listed)
    assert files == ["r/view/x/view.json", "r/translator/a/w", "r/score/a/confusion.npz"]
    assert "snakemake --cores 8 --force r/score/a/confusion.npz" in listed
    assert 'id="table3-later-8x8-miou" data-sort="">not run<' in text


def test_the_leading_metric_comes_first_and_the_others_wait(report):
    text = report()
    table = text[text.index('<table class="sortable" id="table3">') :]
    headings = re.findall(r'<th scope="col" class="(.*?)">(.*?) <small>8x8 (.*?)</small>', table)
    assert headings[:2] == [("reported", "mIOU", "reported"), ("measured", "mIOU", "measured")]
    assert headings[2] == ("reported extra", "pxAcc", "reported")


def test_texts_of_tables_are_embedded_and_other_files_named(report, tmp_path):
    text = report()
    assert "| A &lt;table&gt; |" in text and f"<code>{tmp_path / 'tables/gap.csv'}</code>" in text


def test_pictures_are_made_smaller_and_charts_are_part_of_the_page(report):
    text = report()
    (figure,) = (image for image in Page(text).images if image["alt"] == 'A "red" bar')
    with Image.open(io.BytesIO(base64.b64decode(figure["src"].split(",")[1]))) as image:
        assert image.size == (1400, 9) == (int(figure["width"]), int(figure["height"]))
    assert "<svg id='chart-1'>" in text and "<?xml" not in text


def test_a_picture_that_lets_the_page_through_still_does():
    clear = webp(Image.new("RGBA", (8, 8), (255, 0, 0, 0)))
    with Image.open(io.BytesIO(base64.b64decode(clear.split(",")[1]))) as image:
        assert image.mode == "RGBA" and image.getpixel((4, 4))[3] == 0


def test_claims_are_tiles_with_both_verdicts_and_the_papers_contradictions_stand_apart(report):
    text = report()
    (tile,) = re.findall(r'<li class="against"><a class="opens" href="#claim-c-1" title="(.*?)"', text)
    assert "Paper's numbers: contradicted. This run: supported." in tile
    assert "<q>&lt;best&gt;</q>, but A 1, B 2." in text and "<dt>seeds are stated</dt><dd>not found</dd>" in text


def test_a_page_of_a_run_that_measured_nothing_is_complete(report):
    nothing = dict(answers=(), tables=(), claims=None, figures=(), supplementary=(), chains=(), looks=(), costs=None)
    assert "No costs were recorded" in report(**nothing) and "No claims were judged" in report(**nothing)


def test_a_missing_file_is_named(report, tmp_path):
    (tmp_path / "chart.svg").unlink()
    with pytest.raises(InputError, match="chart.svg"):
        report()


def test_names_of_any_script_have_ids():
    assert slug("table3", "DA-KPN, one theta", "", "mIOU") == "table3-da-kpn-one-theta-miou"
    assert slug("x", "ΔΔ") != slug("x", "ЖЖ") and re.fullmatch("x-[0-9a-f]{8}", slug("x", "ΔΔ"))


def test_the_worst_image_of_a_class_loses_most_and_classes_of_a_few_pixels_are_left_out():
    space = LABEL_SPACES["cityscapes"]
    counts = np.zeros((2, 3, len(space), len(space)), np.int64)
    counts[:, :, 0, 0] = 100
    counts[1, 1, 0, :2] = 40, 60  # image b: class 0 falls from 100 to 40
    counts[1, 2, 0, :2] = 90, 10
    counts[0, :, 2, 2] = 1  # less than a hundredth of the image
    counts[1, :, 2, 0] = 1
    before, after = ([ConfusionStore(("a", "b", "c"), one, space)] for one in counts)
    (found,) = worst_images(before, after)
    assert (found["class"], found["image"], found["before"]) == (space.classes[0], "b", 100)
    assert found["after"] == pytest.approx(100 * 40 / 101) and found["loss"] == pytest.approx(100 - found["after"])


def test_every_figure_has_a_caption_and_one_of_an_own_task_names_it():
    found = captions(PAPER, {"figure3": ("translations", "street"), "translations-night": ("translations", "night")})
    assert found["figure3"]["title"] == "Figure 3: street translations"
    assert "night" in found["translations-night"]["title"]
    assert "{" not in str(list(found["translations-night"].values()))
