"""Nodes of the run's collected rows and of the report."""

from dataclasses import dataclass
from typing import Any

from dakpn.plan.data import PARTS, Passport, View
from dakpn.plan.entries import spoken
from dakpn.plan.figures import figure_files
from dakpn.plan.nodes import File, Needs, Node, Plan
from dakpn.plan.scores import Timing
from dakpn.plan.tables import FORMATS, SegmenterTable, Table


@dataclass(frozen=True, order=True)
class CollectedRows(Node):
    """The rows of all jobs of the run, and what the jobs cost."""

    rule, folder = "collect_rows", "rows"
    outputs = {
        name: f"/{name}.csv" for name in ("scores", "classes", "shift", "fidelity", "geometry", "timing", "costs")
    }

    def needs(self, plan: Plan) -> Needs:
        scores = plan.all_scores
        return {
            **{name: [score.file(name) for score in scores] for name in ("scores", "classes")},
            "confusions": [score.file("confusion") for score in scores],
            **{name: plan.diagnostics(name) for name in ("shift", "fidelity", "geometry")},
            "timing": [Timing(method).file("rows") for method in plan.timed],
            "costs": [node.file("cost") for node in plan.costly],
        }


@dataclass(frozen=True, order=True)
class Report(Node):
    """The page and the record of where its numbers come from."""

    rule, folder, outputs = "report", "", {"provenance": "provenance.json"}

    def needs(self, plan: Plan) -> Needs:
        parts = [(task, part) for task in plan.tasks for part in PARTS]
        return {
            "tables": [node.file(name) for node in plan.tables for name in type(node).outputs],
            "supplements": [node.file(name) for node in plan.supplements for name in FORMATS],
            "claims": [plan.claims.file(name) for name in type(plan.claims).outputs],
            "figures": list(figure_files(plan.figures).values()),
            "costs": CollectedRows().file("costs"),
            "views": [View(*part).file("view") for part in parts],
            "passports": [Passport(*part).file("passport") for part in parts],
            "asked": [node.file(name) for node in _asked_for(plan).values() for name in type(node).outputs],
        }

    def settings(self, plan: Plan) -> dict[str, Any]:
        drawn = figure_files(plan.figures)
        shown = [*plan.tables, *plan.supplements, plan.claims, *(file.node for file in drawn.values()), CollectedRows()]
        # File name of a table -> title; first the tables of methods, then the supplementary ones.
        names = {name: spoken(entry) for name, entry in plan.entries.items()}
        titles = {name: f"{names[name]}. {entry['title']}" for name, entry in plan.entries.items()}
        tasks = [table.task for table in plan.tables if isinstance(table, SegmenterTable)]
        titles |= {f"segmenters-{task}": f"Order of methods by segmenter ({task})" for task in tasks}
        scored = [table.name for table in plan.tables if isinstance(table, Table) and table.scores(plan)]
        others = [table.name for table in plan.supplements]
        compared = [f"{name}-{kind}" for kind in ("differences", "multiverse") for name in scored]
        return {
            **plan.common,
            "config": plan.configuration.model_dump(mode="json"),
            "results": plan.results,
            "tables": titles,
            "supplements": ["claims", "claims-power", *compared, *others, *_asked_for(plan)],
            "spoken": names,
            "figures": {name: (kind, task) for name, (kind, task, _) in plan.figures.items()},
            "pictures": {name: plan.path(file) for name, file in drawn.items()},
            "budgets": _budgets(plan),
            "procedural": plan.is_procedural,
            "places": [node.place for node in plan.upstream(*shown)],
            "parts": [f"{task}/{part}" for task in plan.tasks for part in PARTS],
        }


def _asked_for(plan: Plan) -> dict[str, Node]:
    """Targets that are no part of `all` and that the report shows all the same -> their tables."""
    nodes = {"sensitivity": plan.sensitivity, **({"trajectory": plan.trajectory} if plan.trajectories else {})}
    return {name: node for name, node in nodes.items() if getattr(plan.configuration.report, name)}


def _budgets(plan: Plan) -> list[dict[str, Any]]:
    """What each trained method of each task is given."""
    rows = []
    for task in plan.tasks:
        for instance in (plan.instances[name] for name in plan.methods(task)):
            given = {"iterations": 0, "images per iteration": "–", "images seen": "every target image once"}
            if instance.optimised and instance.trained:
                iterations, batch = instance.settings["iterations"], instance.settings["batch"]
                given = dict(zip(given, (iterations, batch, iterations * batch), strict=True))
            rows += [{"task": task, "method": instance.label, **given}] * instance.trained
    return rows


def needed_files(needs: Needs) -> list[File]:
    """All outputs in `needs`, in order."""
    return [file for value in needs.values() for file in (value if isinstance(value, list) else [value])]
