"""Nodes of tables, and which rows and columns the table of a run has."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from dakpn.paper import PAPER, load_tables
from dakpn.plan.cuts import cuts, shown
from dakpn.plan.data import PARTS, Passport
from dakpn.plan.entries import spoken
from dakpn.plan.nodes import Needs, Node, Plan
from dakpn.plan.scores import Score, Timing
from dakpn.plan.training import ORACLE

LISTING = {"csv": ".csv", "md": ".md", "html": ".html"}
FORMATS = {name: f".{name}" for name in ("csv", "md", "tex", "html")}
"""The formats of a table."""
FULL = FORMATS | {"full_tex": "-full.tex"}
"""Those of a table of the paper: its LaTeX also with all metrics and intervals."""


class Cell(NamedTuple):
    """A measured number of a table. `row`, `resolution` and `metric` are spelt as in the table's file; `sources` are
    the jobs that it is computed from.
    """

    table: str
    row: str
    resolution: str
    metric: str
    sources: tuple[Node, ...]


class OfScores(Node):
    """Something that is computed from confusion stores, those of `scores(plan)`."""

    def needs(self, plan: Plan) -> Needs:
        return {"stores": [score.file("confusion") for score in self.scores(plan)]}


def _settings(plan: Plan, name: str) -> dict[str, Any]:
    """Settings of the job that writes a table of methods."""
    entry = plan.entries[name]
    task = entry["task"]
    usual = load_tables(PAPER)["targets"].get(entry["role"]) if entry["number"] and task else None
    target = plan.tasks[task].target.reader if task else None
    return {
        **plan.common,
        "name": name,
        "spoken": spoken(entry),
        "entry": entry,
        "resolutions": plan.sizes(task) if task else [],
        "procedural": bool(task) and plan.tasks[task].is_procedural,
        "other_target": None if usual in (None, target) else [target, usual],
        "cuts": cuts(plan, task, shown(plan, entry), trained=entry["kind"] != "timing"),
    }


@dataclass(frozen=True, order=True)
class Table(OfScores):
    """A table of scores with the differences between its methods and its scores under every protocol.

    table: table1 to table6 of the paper, or segmentation-<task> and fcn-score-<task> for a task of the run's own.
    `Plan.entries` says what it shows.
    """

    table: str

    rule, folder = "table", "tables/{table}"
    outputs = FULL | {
        f"{kind}_{name}": f"-{kind}{suffix}"
        for kind in ("differences", "multiverse")
        for name, suffix in FORMATS.items()
    }

    def headings(self, plan: Plan) -> dict[str, str]:
        """Resolution of the run -> heading of its column; one that the run lacks has no column."""
        entry = plan.entries[self.name]
        sizes = plan.sizes(entry["task"]) if entry["task"] else []
        # A run with one resolution fills the first column of a table with two.
        slots = (slot for slot in entry["resolutions"] if slot["position"] < len(sizes))
        return {sizes[slot["position"]]: slot["paper"] for slot in slots} if sizes else {}

    def scores(self, plan: Plan) -> list[Score]:
        """Every score that the table shows."""
        entry, headings = plan.entries[self.name], self.headings(plan)
        task = entry["task"]
        run = [*plan.methods(task), ORACLE] if task else []
        return [
            Score(entry["kind"], task, row["method"], size, plan.segmenters_of(task)[0], *draw)
            for row in entry["rows"]
            if row["method"] in run
            for size in headings
            if size in plan.resolutions(task, row["method"])
            for draw in plan.draws(row["method"], entry["kind"])
        ]

    def cells(self, plan: Plan) -> list[Cell]:
        """The measured numbers of the table."""
        entry, headings = plan.entries[self.name], self.headings(plan)
        labels = {row["method"]: row["label"] for row in entry["rows"]}
        return [
            Cell(self.name, labels[method], headings[size], metric["name"], sources)
            for (method, size), scores in groupby(self.scores(plan), key=attrgetter("method", "resolution"))
            for sources in [tuple(scores)]
            for metric in entry["metrics"]
        ]

    def needs(self, plan: Plan) -> Needs:
        scores, task = self.scores(plan), plan.entries[self.name]["task"]
        # Every trained network that a score rests on, without encoders.
        trained: set[Node] = {score.network(plan) for score in scores}
        translated = (score for score in scores if score.method != ORACLE and plan.instances[score.method].trained)
        trained |= {plan.translator_node(score.task, score.method, score.seed) for score in translated}
        return {
            **super().needs(plan),
            "costs": [node.file("cost") for node in sorted(trained, key=str)],
            "passports": [Passport(task, part).file("passport") for part in PARTS] if task else [],
        }

    def settings(self, plan: Plan) -> dict[str, Any]:
        scores = [(s.kind, s.task, s.method, s.resolution, s.seed, s.replicate) for s in self.scores(plan)]
        return {**_settings(plan, self.name), "stores": scores}


@dataclass(frozen=True, order=True)
class TimingTable(Node):
    """The table of computation (Table 2)."""

    timing_table: str

    rule, folder, outputs = "timing_table", "tables/{timing_table}", FULL

    def cells(self, plan: Plan) -> list[Cell]:
        """The measured numbers of the table."""
        entry = plan.entries[self.name]
        return [
            Cell(self.name, row["label"], "", metric["name"], (Timing(row["method"]),))
            for row in entry["rows"]
            if row["method"] in plan.timed
            for metric in entry["metrics"]
        ]

    def needs(self, plan: Plan) -> Needs:
        passports = [Passport(plan.timing_task, part).file("passport") for part in PARTS]
        return {"rows": [Timing(method).file("rows") for method in plan.timed], "passports": passports}

    def settings(self, plan: Plan) -> dict[str, Any]:
        return _settings(plan, self.name)


@dataclass(frozen=True, order=True)
class SegmenterTable(OfScores):
    """Whether the order of methods survives another segmenter, for a task with several."""

    task: str

    rule, folder, outputs = "segmenter_table", "tables/segmenters-{task}", FORMATS

    def scores(self, plan: Plan) -> list[Score]:
        """Every method under every segmenter, at the first resolution."""
        size = plan.resolutions(self.task)[0]
        return [
            Score("segmentation", self.task, method, size, segmenter, *draw)
            for segmenter in plan.segmenters_of(self.task)
            for method in [*plan.methods(self.task, ablations=False), ORACLE]
            for draw in plan.draws(method)
        ]

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {
            **plan.common,
            "task": self.task,
            "resolution": plan.resolutions(self.task)[0],
            "segmenters": {name: plan.segmenter_labels[name] for name in plan.segmenters_of(self.task)},
            "stores": [(s.segmenter, s.method, s.seed, s.replicate) for s in self.scores(plan)],
        }


def segmentation_scores(plan: Plan) -> list[Score]:
    """Segmentation scores of all tables, by the tables' segmenter."""
    scores = dict.fromkeys(s for table in plan.tables if isinstance(table, Table) for s in table.scores(plan))
    return [score for score in scores if score.kind == "segmentation"]


def gap_scores(plan: Plan) -> list[Score]:
    """Those of the tasks whose source is scored untranslated."""
    return [score for score in segmentation_scores(plan) if "identity" in plan.methods(score.task)]


@dataclass(frozen=True, order=True)
class Supplement(Node):
    """A table that the paper does not have: gap, components, power, allocation, shift, fidelity or geometry."""

    supplement: str

    rule, folder, outputs = "supplement", "tables/{supplement}", FORMATS
    of_stores, priced = ("gap", "components", "power", "allocation"), ("power", "allocation")

    def scores(self, plan: Plan) -> list[Score]:
        """The scores that one of `of_stores` is computed from."""
        return gap_scores(plan) if self.name == "gap" else segmentation_scores(plan)

    def needs(self, plan: Plan) -> Needs:
        if self.name in self.of_stores:
            scores = self.scores(plan)
            costs = {"costs": plan.costs(*scores)} if self.name in self.priced else {}
            return {"stores": [score.file("confusion") for score in scores], **costs}
        return {"rows": plan.diagnostics(self.name)}

    def settings(self, plan: Plan) -> dict[str, Any]:
        if self.name in self.of_stores:
            stores = [(s.kind, s.task, s.method, s.resolution, s.seed, s.replicate) for s in self.scores(plan)]
            return {**plan.common, **plan.drawn, "stores": stores}
        if self.name == "shift":
            return plan.common
        methods = {task: [name for name in plan.images_only if name in plan.methods(task)] for task in plan.tasks}
        return {**plan.common, "images_only": methods}
