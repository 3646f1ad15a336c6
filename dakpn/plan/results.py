"""Nodes of figures and of the run's collected rows."""

from dataclasses import dataclass
from typing import Any

from dakpn.plan.data import View
from dakpn.plan.nodes import File, Needs, Node, Plan
from dakpn.plan.scores import Geometry, Score, Timing
from dakpn.plan.training import ORACLE, Translator
from dakpn.plan.trajectory import Trajectory, TrajectoryTable, controls

NUMBERED = {
    ("street", "crops"): 2,
    ("street", "translations"): 3,
    ("street", "predictions"): 4,
    ("face", "translations"): 5,
}
"""Figures of the paper by the pair of data sets that they show, and kind."""


@dataclass(frozen=True, order=True)
class Figure(Node):
    """One figure, drawn from what other jobs made.

    figure: figure2 to figure6 after the paper's, curves, classes, or <kind>-<task> (`Plan.figures` says which exist).
    """

    figure: str

    rule, folder, outputs = "figure", "figures/{figure}", {"png": ".png"}

    def needs(self, plan: Plan) -> Needs:
        kind, task, methods = self._drawn(plan)
        if kind == "trajectory":
            return {"points": TrajectoryTable().file("points")}
        if kind == "diagnosis":
            return {"histories": [Trajectory(task, name, plan.seeds[0]).file("history") for name in methods]}
        if kind == "curves":
            return {"histories": [node.file("history") for node in _optimised(plan)]}
        if kind == "classes":
            return {"classes": [score.file("classes") for score in _class_scores(plan)]}
        target = {"target": View(task, "target-validation").file("view")}
        if kind == "geometry":
            return {"maps": Geometry(task, plan.seeds[0]).file("maps"), **target}
        if kind == "predictions":
            size, segmenter = plan.resolutions(task)[-1], plan.segmenters_of(task)[0]
            scores = (Score("segmentation", task, name, size, segmenter, plan.seeds[0]) for name in methods)
            return {"predictions": [score.file("predictions") for score in scores], **target}
        samples = [plan.translation(task, name, plan.seeds[0]).file("samples") for name in methods]
        return {"samples": samples, **target}

    def _drawn(self, plan: Plan) -> tuple[str, str | None, list[str]]:
        return (plan.figures | plan.trajectory_figures)[self.name]

    def settings(self, plan: Plan) -> dict[str, Any]:
        kind, task, methods = self._drawn(plan)
        if kind == "trajectory":
            return {"kind": kind, "labels": plan.labels, "task": task, "controls": controls(plan)}
        if kind == "classes":
            return {"kind": kind, "labels": plan.labels, "protocol": plan.configuration.protocol}
        if kind == "geometry":
            return {"kind": kind, "labels": plan.labels}
        if kind == "curves":
            return {"kind": kind, "labels": [f"{plan.labels[node.method]}, {node.task}" for node in _optimised(plan)]}
        labels = [plan.labels[name] for name in methods]
        return {"kind": kind, "labels": labels, "samples": plan.configuration.report.samples}


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


def figures(plan: Plan) -> dict[str, tuple[str, str | None, list[str]]]:
    """Name -> (kind, task, methods) of every figure that the run's tasks and methods allow."""
    drawn: dict[str, tuple[str, str | None, list[str]]] = {}
    for name, task in plan.tasks.items():
        trained = [method for method in plan.methods(name, ablations=False) if plan.instances[method].trained]
        untranslated = ["identity"] * ("identity" in plan.methods(name))
        kinds = {"translations": trained}
        if task.stands_for == "street":
            kinds["crops"] = trained
        if task.stands_for != "face":
            kinds["predictions"] = [*untranslated, *trained, ORACLE]
        for kind, methods in kinds.items():
            number = NUMBERED.get((task.stands_for, kind))
            if methods:
                drawn[f"figure{number}" if number else f"{kind}-{name}"] = (kind, name, methods)
        if Geometry(name, plan.seeds[0]).file("geometry") in plan.diagnostics("geometry"):
            drawn[f"geometry-{name}"] = ("geometry", name, [])
    # DA-KPN-T on faces as in the paper, else what there is.
    tasks = sorted(plan.tasks, key=lambda name: plan.tasks[name].stands_for != "face")
    explained = ((task, name) for name in ("dakpn-t", "dakpn-s") for task in tasks if name in plan.methods(task))
    for task, name in list(explained)[:1]:
        drawn["figure6"] = ("theta", task, [name])
    if _optimised(plan):
        drawn["curves"] = ("curves", None, [])
    if _class_scores(plan):
        drawn["classes"] = ("classes", None, [])
    return dict(sorted(drawn.items(), key=lambda entry: (not entry[0].startswith("figure"), entry[0])))


def trajectory_figures(plan: Plan) -> dict[str, tuple[str, str | None, list[str]]]:
    """Name -> (kind, task, methods) of every figure of the target `trajectory`."""
    drawn = {}
    for task, methods in plan.trajectories.items():
        drawn[f"trajectory-{task}"] = ("trajectory", task, methods)
        # Only DA-KPN has a theta.
        if watched := [name for name in methods if plan.instances[name].base == "dakpn"]:
            drawn[f"diagnosis-{task}"] = ("diagnosis", task, watched)
    return drawn


def _optimised(plan: Plan) -> list[Translator]:
    """Translators of the first seed that train in iterations."""
    methods = [name for name, instance in plan.instances.items() if instance.trained and instance.optimised]
    pairs = ((task, name) for task in plan.tasks for name in plan.methods(task) if name in methods)
    return [Translator(task, name, plan.seeds[0]) for task, name in pairs]


def _class_scores(plan: Plan) -> list[Score]:
    """Segmentation scores at the largest resolution of every task, by the tables' segmenter."""
    main = {task: ("segmentation", plan.sizes(task)[-1], plan.segmenters_of(task)[0]) for task in plan.tasks}
    return [s for s in plan.all_scores if (s.kind, s.resolution, s.segmenter) == main[s.task]]


def needed_files(needs: Needs) -> list[File]:
    """All outputs in `needs`, in order."""
    return [file for value in needs.values() for file in (value if isinstance(value, list) else [value])]
