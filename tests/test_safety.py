"""What others write stays text: names, labels and ids in every format; no file outside a run's folders, no network."""

import ast
import copy
import json
import re
import socket
from html.parser import HTMLParser

import pandas as pd
import pytest
import yaml
from runs import ROOT, SMOKE

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.figures.canvas import new_figure, save_chart
from dakpn.plan import plan
from dakpn.plan.configure import configure
from dakpn.plan.nodes import needed_files
from dakpn.report.passports import passports_fragment
from dakpn.tables.format import write
from dakpn.tables.listing import Listing, write_listings
from workflow.methods import assemble

HOSTILE = "[1cm]<script>alert('1')</script>|\"x\" *y* [a](javascript:b) \\input{/etc/passwd} $\\write18{ls}$ a_b\n% `c`"
COLUMNS = "table task id method resolution metric value unit ci_low ci_high seeds protocol run source shown marks"


def tidy_of(label):
    line = dict.fromkeys(COLUMNS.split(), "") | {"method": label, "metric": "mIOU", "source": "measured"}
    line |= {"value": 1.0, "shown": "1.00", "seeds": 1, "unit": "percent", "resolution": "8x8", "task": "street"}
    return pd.DataFrame([line | {"method": "before"}, line]).assign(device=None, batch=None, size="8x8")


class Tags(HTMLParser):
    """The names of a page's tags, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.said = set(), ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert not [name for name, _ in attributes if name.startswith("on") or name == "href"]

    def handle_data(self, data):
        self.said += data


def test_labels_and_notes_stay_text_in_every_format_of_a_table(tmp_path):
    write(tidy_of(HOSTILE), tmp_path / "t", f"Title {HOSTILE}", [HOSTILE], above=[HOSTILE])
    page = Tags((tmp_path / "t.html").read_text())
    assert page.tags <= set("figure figcaption div table caption thead tbody tr th td p ul li span u strong".split())
    assert page.said.count("<script>alert('1')</script>") == 4
    tex = (tmp_path / "t.tex").read_text()
    commands = set(re.findall(r"\\([a-zA-Z]+)", tex))
    assert not commands & {"input", "write"} and r"\textbackslash{}input\{/etc/passwd\}" in tex
    # Neither a bracket after the end of a line nor one after \item.
    assert not re.search(r"(\\\\|\\item)\s*[\[*]", tex)
    assert tex.count("\\textless{}script") == 4
    md = (tmp_path / "t.md").read_text()
    assert "<script" not in md and not re.search(r"(?<!\\)\]\(", md)
    (line,) = (line for line in md.splitlines() if line.startswith("|") and "alert" in line)
    assert len(re.findall(r"(?<!\\)\|", line)) == 3


def test_texts_of_a_listing_stay_text(tmp_path):
    write_listings(tmp_path / "l", pd.DataFrame(), [Listing("Title", pd.DataFrame({"a": [HOSTILE], "b": ["c"]}))])
    assert "script" not in Tags((tmp_path / "l.html").read_text()).tags
    md = (tmp_path / "l.md").read_text()
    assert "<script" not in md and not re.search(r"(?<!\\)\]\(", md)
    assert len(re.findall(r"(?<!\\)\|", md.splitlines()[-1])) == 3


def test_ids_of_images_stay_text_on_the_page_of_the_doctor():
    rows = [{"check": "items", "status": "error", "detail": HOSTILE, "cure": HOSTILE}]
    counts = {"usable": 1, "missing": 0, "left_out": 0, "release": None, "used": 1}
    content = {"files": 1, "bytes": 1, "by": HOSTILE, "hash": "0" * 64}
    passport = {"dataset": HOSTILE, "split": "all", "options": {"a": HOSTILE}, "form": "full", "verdict": "error"}
    passport |= {"counts": counts, "content": content, "checks": rows, "sizes": {"1x1": 1}, "decoded": 1}
    passport |= {"missing": [HOSTILE], "left_out": [], "unreadable": {HOSTILE: HOSTILE}, "ids": {}, "classes": {}}
    page = Tags(passports_fragment({HOSTILE: passport}))
    assert "script" not in page.tags and "<script>alert('1')</script>" in page.said


def test_a_label_with_dollars_is_drawn_as_it_stands(tmp_path):
    figure = new_figure(72)
    figure.text(0, 0, HOSTILE)
    save_chart(figure, tmp_path / "figure.svg")
    assert "$" in (tmp_path / "figure.svg").read_text()


RAW = yaml.safe_load(SMOKE.read_text())


@pytest.mark.parametrize("name", ["../out", "a/b", "/tmp/out", "..", "", "a\\b", "$HOME", "{wildcards.x}", "a b", "-a"])
def test_no_name_of_a_configuration_leads_out_of_the_runs_folders(name):
    own = {"method": "fda", "label": "Mine"}
    for change in (
        {"run": name},
        {"tasks": {name: copy.deepcopy(plan_of().configuration.tasks["street"].model_dump(mode="json"))}},
        {"methods": {name: own}},
        {"segmenters": {name: {"width": 4, "iterations": 2, "batch": 4}}},
        {"sensitivity": {name: {"method": "dakpn-t", "changes": {"iterations": 3}}}},
        {"tasks": {"street": {"source": {"reader": name}}}},
        {"trajectory": {name: [1]}},
    ):
        with pytest.raises(InputError):
            plan(configure({**RAW, **{"extends": "smoke"}, **change}, METHODS))


def plan_of(**changes):
    return plan(configure({"extends": "smoke", **changes}, METHODS))


def test_every_output_of_a_run_lies_in_its_folders():
    hostile = {"root": "../../etc", "train": "../../x", "options": {}}
    found = plan_of(tasks={"street": {"source": hostile}}, verify="../../elsewhere", methods={"fda": {"label": "../x"}})
    paths = [found.path(node.file(name)) for node in found.jobs for name in type(node).outputs]
    paths += [found.computing(node)["checkpoint"] for node in found.jobs]
    assert len(paths) > 100
    assert all(path.startswith("results/smoke/") and ".." not in path for path in paths)
    assert found.page == "reports/smoke/index.html"
    assert all(file.node in found.jobs for node in found.jobs for file in needed_files(node.needs(found)))


@pytest.mark.parametrize("hidden", ["\u202e", "\u200f", "\u2067", "\x1b[31m", "\x00", "\n"])
def test_characters_that_no_one_sees_are_refused_by_name(hidden):
    own = {"mine": {"method": "fda", "label": f"Mi{hidden}ne"}}
    with pytest.raises(InputError, match=rf"methods.mine.label: holds the invisible character U\+{ord(hidden[0]):04X}"):
        configure({"extends": "smoke", "methods": own}, METHODS)
    with pytest.raises(InputError, match="invisible character"):
        configure({"extends": "smoke", "tasks": {f"a{hidden}": {}}}, METHODS)


def sources():
    return [path for part in ("dakpn", "baselines", "workflow") for path in (ROOT / part).rglob("*.py")]


def names_of(path):
    """Every name, attribute and imported module of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
            yield from (alias.name for alias in node.names)


def test_no_archive_is_extracted_and_one_module_can_reach_the_network():
    archives = {"tarfile", "extract", "extractall", "unpack_archive"}
    network = {
        "http",
        "urllib",
        "requests",
        "socket",
        "download_url_to_file",
        "get_state_dict",
        "load_state_dict_from_url",
    }
    reach = {path.relative_to(ROOT).as_posix() for path in sources() if network & set(names_of(path))}
    assert reach == {"dakpn/training/pretrained.py"}
    assert not [path for path in sources() if archives & set(names_of(path))]
    # It writes some.
    assert [path.name for path in sources() if "ZipFile" in names_of(path)] == ["confusion.py"]


def test_nothing_is_downloaded_unless_asked(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    found = plan_of()
    alone = [name for name, one in found.instances.items() if not (one.images_only or one.encoder)]
    assert {"cyclegan", "vsait"} <= set(alone)
    for name in alone:
        assemble(found.translator("face", name), 19, seed=0)


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_only_runs_on_real_data_ask_for_pretrained_weights(path):
    found = plan(configure(yaml.safe_load(path.read_text()), METHODS))
    settings = [found.encoders, found.segmenters, {name: one.settings for name, one in found.instances.items()}]
    assert bool(re.search("imagenet|coco", json.dumps(settings, default=str).lower())) == (
        path.stem in ("paper", "day")
    )
