"""Nodes of figures: which a run has, and what each is drawn from."""

from dataclasses import dataclass
from typing import Any

from dakpn.plan.data import View
from dakpn.plan.entries import spoken
from dakpn.plan.nodes import File, Needs, Node, Plan
from dakpn.plan.scores import Geometry, Score
from dakpn.plan.tables import Supplement, Table
from dakpn.plan.training import ORACLE, Translator
from dakpn.plan.trajectory import Trajectory, TrajectoryTable, controls

NUMBERED = {
    ("street", "crops"): 2,
    ("street", "translations"): 3,
    ("street", "predictions"): 4,
    ("face", "translations"): 5,
}
"""Figures of the paper by the pair of data sets that they show, and kind."""
CHARTS = "reported classes waterfall fidelity variance protocols curves cost trajectory diagnosis".split()
"""Kinds that are drawn as SVG; the others show photographs."""
SUPPLEMENTS = {"waterfall": "shift", "fidelity": "fidelity", "variance": "components"}
"""Kinds that show a supplementary table."""
Drawn = dict[str, tuple[str, str | None, list[str]]]
"""Name of a figure -> (kind, task, methods)."""


class _Picture(Node):
    rule, script = "figure", "figure"

    def _drawn(self, plan: Plan) -> tuple[str, str | None, list[str]]:
        return (plan.figures | plan.trajectory_figures)[self.name]


@dataclass(frozen=True, order=True)
class Chart(_Picture):
    """One chart, drawn from what other jobs made.

    chart: the kind, or <kind>-<task> (`Plan.figures` says which exist).
    """

    chart: str

    rule, folder, outputs = "chart", "figures/{chart}", {"svg": ".svg"}

    def needs(self, plan: Plan) -> Needs:
        return self._made_of(plan)[0]

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {"kind": self._drawn(plan)[0], "labels": plan.labels, **self._made_of(plan)[1]}

    def _made_of(self, plan: Plan) -> tuple[Needs, dict[str, Any]]:
        """Needs, and settings beside the kind and the labels of all methods."""
        kind, task, methods = self._drawn(plan)
        if kind == "trajectory":
            return {"points": TrajectoryTable().file("points")}, {"task": task, "controls": controls(plan)}
        if kind == "diagnosis":
            histories = [Trajectory(task, name, plan.seeds[0]).file("history") for name in methods]
            return {"histories": histories}, {"labels": [plan.labels[name] for name in methods]}
        if kind == "curves":
            nodes = _optimised(plan)
            labels = [f"{plan.labels[node.method]}, {node.task}" for node in nodes]
            return {"histories": [node.file("history") for node in nodes]}, {"labels": labels}
        if kind == "classes":
            scores = _class_scores(plan)
            stores = [(s.kind, s.task, s.method, s.resolution, s.seed, s.replicate) for s in scores]
            settings = {"stores": stores, "protocol": plan.configuration.protocol}
            return {"stores": [score.file("confusion") for score in scores]}, settings
        if kind == "reported":
            names = _compared(plan)
            files = {output: [Table(name).file(output) for name in names] for output in ("csv", "differences_csv")}
            entries = [plan.entries[name] for name in names]
            return files, {"tables": {spoken(e): {row["label"]: row["method"] for row in e["rows"]} for e in entries}}
        if kind in ("waterfall", "variance"):
            return {"rows": Supplement(SUPPLEMENTS[kind]).file("csv")}, {}
        tables = _segmentation(plan).values()
        if kind == "protocols":
            return {"tables": [table.file("multiverse_csv") for table in tables]}, {}
        needs = {"tables": [table.file("csv") for table in tables]}
        if kind == "fidelity":
            return {**needs, "rows": Supplement("fidelity").file("csv")}, {}
        costs = [node.file("cost") for node in _translators(plan)]
        return {**needs, "costs": costs}, {"encoders": plan.drawn["encoders"]}


@dataclass(frozen=True, order=True)
class Figure(_Picture):
    """One figure of photographs, drawn from what other jobs made.

    figure: figure2 to figure6 after the paper's, or <kind>-<task> (`Plan.figures` says which exist).
    """

    figure: str

    rule, folder, outputs = "figure", "figures/{figure}", {"png": ".png"}

    def needs(self, plan: Plan) -> Needs:
        kind, task, methods = self._drawn(plan)
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
        kind, _, methods = self._drawn(plan)
        labels = plan.labels if kind == "geometry" else [plan.labels[name] for name in methods]
        return {"kind": kind, "labels": labels, "samples": plan.configuration.report.samples}


def figure_files(drawn: Drawn) -> dict[str, File]:
    """Name of a figure -> its file. drawn: such as `Plan.figures`."""
    return {
        name: Chart(name).file("svg") if kind in CHARTS else Figure(name).file("png")
        for name, (kind, *_) in drawn.items()
    }


def figures(plan: Plan) -> Drawn:
    """Every figure that the run's tasks and methods allow: those with the paper's numbers first."""
    drawn: Drawn = {}
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
    drawn |= {kind: (kind, None, []) for kind in CHARTS if _allowed(plan, kind)}
    numbered = sorted(name for name in drawn if name.startswith("figure"))
    return {name: drawn[name] for name in dict.fromkeys([*numbered, *drawn])}


def _allowed(plan: Plan, kind: str) -> bool:
    """Whether the run measures what a chart of all tasks shows."""
    if kind in SUPPLEMENTS:
        return Supplement(SUPPLEMENTS[kind]) in plan.supplements and bool(_segmentation(plan))
    shown = {"curves": _optimised, "classes": _class_scores, "reported": _compared}
    shown |= {"protocols": _segmentation, "cost": _translators}
    return kind in shown and bool(shown[kind](plan))


def trajectory_figures(plan: Plan) -> Drawn:
    """Every figure of the target `trajectory`."""
    drawn: Drawn = {}
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
    """Segmentation scores at the largest resolution of every task that scores the untranslated source, by the tables'
    segmenter.
    """
    tasks = [task for task in plan.tasks if "identity" in plan.methods(task) and len(plan.methods(task)) > 1]
    main = {task: ("segmentation", plan.sizes(task)[-1], plan.segmenters_of(task)[0]) for task in tasks}
    return [s for s in plan.all_scores if (s.kind, s.resolution, s.segmenter) == main.get(s.task)]


def _compared(plan: Plan) -> list[str]:
    """Tables with numbers of the paper for two methods or more that this run has."""
    names = []
    for name, entry in plan.entries.items():
        # Without the target itself: its row is no method's.
        run = plan.methods(entry["task"]) if entry["task"] else []
        both = [row for row in entry["rows"] if row["method"] in run and not row.get("harness")]
        if entry["number"] and entry["kind"] != "timing" and len(both) > 1:
            names.append(name)
    return names


def _segmentation(plan: Plan) -> dict[str, Table]:
    """Task -> its table of segmentation with all methods."""
    entries = ((name, entry) for name, entry in plan.entries.items() if entry["kind"] == "segmentation")
    return {entry["task"]: Table(name) for name, entry in entries if entry["task"] and not entry.get("closed")}


def _translators(plan: Plan) -> list[Node]:
    """What trains a translator, with its encoder, and what translates with it, of all methods that are no ablation."""
    nodes: dict[Node | None, None] = {}
    for task in _segmentation(plan):
        for name in plan.methods(task, ablations=False):
            for seed in plan.seeds_of(name) if plan.instances[name].trained else ():
                translator = plan.translator_node(task, name, seed)
                nodes |= dict.fromkeys((translator, translator.encoder(plan), plan.translation(task, name, seed)))
    return [node for node in nodes if node]
