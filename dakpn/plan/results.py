"""Nodes of figures, of the run's collected rows, and of the report."""

from typing import Any

from dakpn.plan.data import PARTS, Passport, View
from dakpn.plan.nodes import SPREAD, Needs, Node, Plan
from dakpn.plan.scores import Geometry, Score, Timing
from dakpn.plan.training import ORACLE

NUMBERED = {"street": {"crops": 2, "translations": 3, "predictions": 4}, "face": {"translations": 5}}
"""Figures of the paper by the pair of data sets that they show."""


class Figure(Node):
    """One figure, drawn from what other jobs made.

    figure: figure2 to figure6 after the paper's, curves, classes, or <kind>-<task> (`Plan.figures` says which exist).
    """

    figure: str

    rule, folder, outputs = "figure", "figures/{figure}", {"png": ".png"}

    def needs(self, plan: Plan) -> Needs:
        kind, task, methods = plan.figures[self.name]
        if kind == "curves":
            return {"histories": [node.file("history") for node in plan.optimised]}
        if kind == "classes":
            return {"classes": [score.file("classes") for score in plan.class_scores]}
        target = {"target": View(task, "target-validation").file("view")}
        if kind == "geometry":
            return {"maps": Geometry(task, plan.seeds[0]).file("maps"), **target}
        if kind == "predictions":
            size, segmenter = plan.resolutions(task)[-1], plan.segmenters_of(task)[0]
            scores = (Score("segmentation", task, name, size, segmenter, plan.seeds[0]) for name in methods)
            return {"predictions": [score.file("predictions") for score in scores], **target}
        samples = [plan.translation(task, name, plan.seeds[0]).file("samples") for name in methods]
        return {"samples": samples, **target}

    def settings(self, plan: Plan) -> dict[str, Any]:
        kind, _, methods = plan.figures[self.name]
        settings: dict[str, Any] = {"kind": kind}
        if kind in ("classes", "geometry"):
            settings["labels"] = plan.labels
        elif kind == "curves":
            settings["labels"] = [f"{plan.labels[node.method]}, {node.task}" for node in plan.optimised]
        else:
            settings["labels"] = [plan.labels[name] for name in methods]
        if kind in ("translations", "predictions", "theta"):
            settings["samples"] = plan.configuration.report.samples
        return settings | ({"protocol": plan.configuration.protocol} if kind == "classes" else {})


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


class Report(Node):
    """The page and the record of where its numbers come from."""

    rule, folder, outputs = "report", "", {"provenance": "provenance.json"}

    def needs(self, plan: Plan) -> Needs:
        parts = [(task, part) for task in plan.tasks for part in PARTS]
        return {
            "tables": [node.file(name) for node in plan.tables for name in type(node).outputs],
            "supplements": [node.file(suffix.lstrip(".")) for node in plan.supplements for suffix in SPREAD],
            "claims": [plan.claims.file(name) for name in type(plan.claims).outputs],
            "figures": [Figure(name).file("png") for name in plan.figures],
            "costs": CollectedRows().file("costs"),
            "views": [View(*part).file("view") for part in parts],
            "passports": [Passport(*part).file("passport") for part in parts],
            "sensitivity": [plan.sensitivity.file("csv")] if plan.configuration.report.sensitivity else [],
        }

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {
            **plan.common,
            "config": plan.configuration.model_dump(mode="json"),
            "results": plan.results,
            "tables": plan.titles,
            "supplements": plan.listed,
            "spoken": plan.spoken,
            "figures": {name: (kind, task) for name, (kind, task, _) in plan.figures.items()},
            "budgets": plan.budgets,
            "procedural": plan.is_procedural,
            "places": [node.place for node in plan.upstream(*plan.shown)],
            "parts": [f"{task}/{part}" for task in plan.tasks for part in PARTS],
        }


def figures(plan: Plan) -> dict[str, tuple[str, str | None, list[str]]]:
    """Name -> (kind, task, methods) of every figure that the run's tasks and methods allow."""
    found: dict[str, tuple[str, str | None, list[str]]] = {}
    for task in plan.tasks:
        role = plan.configuration.stands_for(task)
        shown = [name for name in plan.methods(task, ablations=False) if plan.instances[name].trained]
        untranslated = ["identity"] * ("identity" in plan.methods(task))
        drawn = {"translations": shown, "predictions": [*untranslated, *shown, ORACLE]}
        if role == "street":
            drawn["crops"] = shown
        if role == "face":
            del drawn["predictions"]
        for kind, methods in drawn.items():
            number = NUMBERED.get(role or "", {}).get(kind)
            if methods:
                found[f"figure{number}" if number else f"{kind}-{task}"] = (kind, task, methods)
        if Geometry(task, plan.seeds[0]).file("geometry") in plan.diagnostics("geometry"):
            found[f"geometry-{task}"] = ("geometry", task, [])
    # DA-KPN-T on faces as in the paper, else what there is.
    explained = [
        (task, name)
        for name in ("dakpn-t", "dakpn-s")
        for task in sorted(plan.tasks, key=lambda task: plan.configuration.stands_for(task) != "face")
        if name in plan.methods(task)
    ]
    if explained:
        task, name = explained[0]
        found["figure6"] = ("theta", task, [name])
    if plan.optimised:
        found["curves"] = ("curves", None, [])
    if plan.class_scores:
        found["classes"] = ("classes", None, [])
    return dict(sorted(found.items(), key=lambda entry: (not entry[0].startswith("figure"), entry[0])))
