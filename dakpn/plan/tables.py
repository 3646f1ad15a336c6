"""Nodes of tables, and which rows and columns the table of a run has."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dakpn.plan.data import PARTS, Passport
from dakpn.plan.nodes import SPREAD, Needs, Node, Plan
from dakpn.plan.scores import Score, Timing
from dakpn.plan.training import ORACLE


def _formats(ending: str = "") -> dict[str, str]:
    prefix = ending.lstrip("-") + "_" if ending else ""
    return {prefix + suffix.lstrip("."): ending + suffix for suffix in SPREAD}


class Cell(NamedTuple):
    """A measured number of a table. `row`, `resolution` and `metric` are spelt as in the table's file; `sources` are
    the jobs that it is computed from.
    """

    table: str
    row: str
    resolution: str
    metric: str
    sources: tuple[Node, ...]


class Table(Node):
    """A table of scores with the differences between its methods and its scores under every protocol.

    table: table1 to table6 of the paper, or segmentation-<task> and fcn-score-<task> for a task of the run's own.
    """

    table: str

    rule, folder = "table", "tables/{table}"
    outputs = {**_formats(), **_formats("-differences"), **_formats("-multiverse")}

    def entry(self, plan: Plan) -> Mapping[str, Any]:
        """What the table is: the form of an entry of paper/tables.yaml with `task` of the run and all rows that it has
        here.
        """
        return plan.entries[self.name]

    def scores(self, plan: Plan) -> list[Score]:
        """Every score that the table shows."""
        entry, found = self.entry(plan), []
        task = entry["task"]
        if task is None:
            return []
        main, sizes = plan.segmenters_of(task)[0], plan.sizes(task)
        for row in entry["rows"]:
            method = row["method"]
            if method is None or (method != ORACLE and method not in plan.methods(task)):
                continue
            for slot in entry["resolutions"]:
                # A run with one resolution fills the first column of a table with two.
                if slot["position"] < len(sizes):
                    size = sizes[slot["position"]]
                    if size in plan.resolutions(task, method):
                        found += [Score(entry["kind"], task, method, size, main, seed) for seed in plan.seeds]
        return found

    def cells(self, plan: Plan) -> list[Cell]:
        """The measured numbers of the table."""
        entry = self.entry(plan)
        labels = {row["method"]: row["label"] for row in entry["rows"]}
        by_place: dict[tuple[str, str], list[Node]] = {}
        for score in self.scores(plan):
            by_place.setdefault((score.method, score.resolution), []).append(score)
        headings = {plan.slot_size(entry, slot): slot["paper"] for slot in entry["resolutions"]}
        return [
            Cell(self.name, labels[method], headings[size], metric["name"], tuple(scores))
            for (method, size), scores in by_place.items()
            for metric in entry["metrics"]
        ]

    def needs(self, plan: Plan) -> Needs:
        scores, task = self.scores(plan), self.entry(plan)["task"]
        trained = {node for score in scores for node in score.trained(plan)}
        return {
            "stores": [score.file("confusion") for score in scores],
            "costs": [node.file("cost") for node in sorted(trained, key=str)],
            "passports": [Passport(task, part).file("passport") for part in PARTS] if task else [],
        }

    def settings(self, plan: Plan) -> dict[str, Any]:
        scores = [(s.kind, s.task, s.method, s.resolution, s.seed) for s in self.scores(plan)]
        return {**plan.table_settings(self.name), "stores": scores}


class TimingTable(Node):
    """The table of computation (Table 2)."""

    timing_table: str

    rule, folder, outputs = "timing_table", "tables/{timing_table}", _formats()

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
        return plan.table_settings(self.name)


class SegmenterTable(Node):
    """Whether the order of methods survives another segmenter, for a task with several."""

    task: str

    rule, folder, outputs = "segmenter_table", "tables/segmenters-{task}", _formats()

    def scores(self, plan: Plan) -> list[Score]:
        """Every method under every segmenter, at the first resolution."""
        size = plan.resolutions(self.task)[0]
        return [
            Score("segmentation", self.task, method, size, segmenter, seed)
            for segmenter in plan.segmenters_of(self.task)
            for method in [*plan.methods(self.task, ablations=False), ORACLE]
            for seed in plan.seeds
        ]

    def needs(self, plan: Plan) -> Needs:
        return {"stores": [score.file("confusion") for score in self.scores(plan)]}

    def settings(self, plan: Plan) -> dict[str, Any]:
        scores = [(s.segmenter, s.method, s.seed) for s in self.scores(plan)]
        names = plan.segmenters_of(self.task)
        return {
            **plan.common,
            "task": self.task,
            "resolution": plan.resolutions(self.task)[0],
            "segmenters": {name: plan.segmenter_labels[name] for name in names},
            "stores": scores,
        }


class Supplement(Node):
    """A table that the paper does not have: gap, shift, fidelity or geometry."""

    supplement: str

    rule, folder, outputs = "supplement", "tables/{supplement}", _formats()

    def needs(self, plan: Plan) -> Needs:
        if self.name == "gap":
            return {"rows": [score.file("scores") for score in plan.gap_scores]}
        return {"rows": plan.diagnostics(self.name)}

    def settings(self, plan: Plan) -> dict[str, Any]:
        if self.name not in ("fidelity", "geometry"):
            return plan.common
        tasks = plan.tasks
        return {**plan.common, "images_only": {t: [n for n in plan.images_only if n in plan.methods(t)] for t in tasks}}


class Claims(Node):
    """The ledger of the paper's statements, judged by its own numbers and by the run's."""

    rule, folder, outputs = "claims", "tables/claims", {"csv": ".csv", "md": ".md", "html": ".html"}

    def needs(self, plan: Plan) -> Needs:
        stores = [score.file("confusion") for score in plan.paper_scores]
        timing = [Timing(method).file("rows") for method in plan.timed]
        return {"stores": stores, "timing": timing, "fidelity": plan.diagnostics("fidelity")}

    def settings(self, plan: Plan) -> dict[str, Any]:
        pair = plan.configuration.stands_for
        scores = [(s.kind, pair(s.task), s.method, s.resolution, s.seed) for s in plan.paper_scores]
        return {**plan.common, "stores": scores, **plan.judged, "seeds": len(plan.seeds)}


class Sensitivity(Node):
    """What single settings of training are worth, one changed at a time; not part of `all`."""

    rule, folder, outputs = "sensitivity", "tables/sensitivity", {"csv": ".csv", "md": ".md", "html": ".html"}

    def scores(self, plan: Plan) -> list[Score]:
        """The scores of the methods that switches speak of, as they are and changed."""
        found = {}
        for switch in plan.switches:
            size = plan.resolutions(switch["task"])[0]
            for which in ("own", "changed"):
                method, segmenter = switch[which]
                for seed in plan.seeds:
                    found[Score("segmentation", switch["task"], method, size, segmenter, seed)] = None
        return sorted(found)

    def needs(self, plan: Plan) -> Needs:
        return {"stores": [score.file("confusion") for score in self.scores(plan)]}

    def settings(self, plan: Plan) -> dict[str, Any]:
        stores = [(s.task, s.method, s.segmenter, s.resolution, s.seed) for s in self.scores(plan)]
        return {**plan.common, "stores": stores, "switches": plan.switches, "procedural": plan.is_procedural}
