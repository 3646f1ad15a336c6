"""The node of the report, and the questions that its page answers."""

from dataclasses import dataclass
from typing import Any

from dakpn.plan.data import PARTS, Passport, View
from dakpn.plan.entries import spoken
from dakpn.plan.figures import figure_files
from dakpn.plan.nodes import File, Needs, Node, Plan, Shard, needed_files
from dakpn.plan.results import CollectedRows
from dakpn.plan.scores import Score
from dakpn.plan.tables import FORMATS, SegmenterTable, Table
from dakpn.plan.training import ORACLE

SUBJECTS = ("dakpn-s", "dakpn-t")
"""The methods that a run is about, the first that a task has."""


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
            **{name: files for name, files in _looked_at(plan).items() if files},
        }

    def settings(self, plan: Plan) -> dict[str, Any]:
        drawn = (file.node for file in figure_files(plan.figures).values())
        shown = [*plan.tables, *plan.supplements, plan.claims, *drawn, CollectedRows()]
        # File name of a table -> title; first the tables of methods, then the supplementary ones.
        names = {name: spoken(entry) for name, entry in plan.entries.items()}
        titles = {name: f"{names[name]}. {entry['title']}" for name, entry in plan.entries.items()}
        tasks = [table.task for table in plan.tables if isinstance(table, SegmenterTable)]
        titles |= {f"segmenters-{task}": f"Order of methods by segmenter ({task})" for task in tasks}
        scored = [table.name for table in plan.tables if isinstance(table, Table) and table.scores(plan)]
        others = [table.name for table in plan.supplements]
        compared = [f"{name}-multiverse" for name in scored]
        return {
            **plan.common,
            "config": plan.configuration.model_dump(mode="json"),
            "results": plan.results,
            "questions": questions(plan),
            "lineage": lineage(plan),
            "look": look(plan),
            "tables": titles,
            "supplements": ["claims-power", *others, *compared, *_asked_for(plan)],
            "spoken": names,
            "figures": {name: (kind, task) for name, (kind, task, _) in plan.figures.items()},
            "budgets": _budgets(plan),
            "procedural": plan.is_procedural,
            "places": [node.place for node in plan.upstream(*shown)],
            "parts": [f"{task}/{part}" for task in plan.tasks for part in PARTS],
        }


def questions(plan: Plan) -> list[dict[str, Any]]:
    """What the page answers, per task that scores its untranslated source and a translation of it.

    task, role (the paper's pair of data sets), table and size (of the run): whose differences answer it. subject: the
    method that it is about. methods: key -> {label, kind (source, simple: nothing is optimised, control, own:
    of the subject's family, trained, subject or target), domain: of its encoder}, in display order.
    """
    asked = []
    for node in plan.tables:
        entry = plan.entries.get(node.name, {})
        if not isinstance(node, Table) or entry["kind"] != "segmentation" or entry.get("closed"):
            continue
        task, sizes = entry["task"], list(node.headings(plan))
        names = plan.methods(task, ablations=False) if task else []
        translated = [name for name in names if name != "identity"]
        optimised = [name for name in translated if plan.instances[name].optimised]
        about = next((name for name in (*SUBJECTS, *optimised[::-1], *translated[::-1]) if name in names), None)
        if about is None or "identity" not in names or not sizes:
            continue
        methods = {
            name: {
                "label": plan.labels[name],
                "kind": _kind(plan, name, about),
                "domain": plan.encoder_domains.get(name),
            }
            for name in [*names, ORACLE]
        }
        where = {"task": task, "role": entry["role"], "table": node.name, "size": sizes[-1]}
        asked.append({**where, "subject": about, "methods": methods})
    return asked


def lineage(plan: Plan) -> dict[str, Any]:
    """Where the measured numbers of the tables come from.

    cells: [table, row, resolution, places of the jobs that it is computed from]; nodes: place -> rule, file (the output
    that others read, relative to the working folder), seed (None where nothing is drawn) and needs, places of other
    nodes. Both as `Plan.lineage` walks them.
    """
    cells = {cell[:3]: [node.place for node in cell.sources] for cell in plan.cells}
    nodes = {}
    jobs = plan.upstream(*dict.fromkeys(source for cell in plan.cells for source in cell.sources))
    for node in (job for job in jobs if not isinstance(job, Passport | Shard)):
        outputs = type(node).outputs
        nodes[node.place] = {
            "rule": node.rule,
            "file": plan.path(node.file("confusion" if "confusion" in outputs else next(iter(outputs)))),
            "seed": getattr(node, "seed", None),
            "needs": [one.place for one in dict.fromkeys(_nodes(plan, node))],
        }
    return {"cells": [[*cell, places] for cell, places in cells.items()], "nodes": nodes}


def _nodes(plan: Plan, node: Node) -> list[Node]:
    """The nodes that a node reads, and in the place of passports, from which nothing is computed, and of shards, whose
    files are gone, those that these read.
    """
    return [
        found
        for one in dict.fromkeys(file.node for file in needed_files(node.needs(plan)))
        for found in (_nodes(plan, one) if isinstance(one, Passport | Shard) else [one])
    ]


def look(plan: Plan) -> list[dict[str, Any]]:
    """What the section of images shows of each question's task, as paths: samples (label -> of the first seed), stores
    (label of the source and of the subject -> those of all seeds at the question's size), and the target's view.
    """
    return [
        {
            "task": question["task"],
            "samples": {plan.labels[name]: plan.path(file) for name, file in samples.items()},
            "stores": {plan.labels[name]: [plan.path(file) for file in files] for name, files in stores.items()},
            "view": plan.path(View(question["task"], "target-validation").file("view")),
        }
        for question in questions(plan)
        for samples, stores in [_of_question(plan, question)]
    ]


def _looked_at(plan: Plan) -> dict[str, list[File]]:
    chosen = [_of_question(plan, question) for question in questions(plan)]
    stores = [file for _, of_method in chosen for files in of_method.values() for file in files]
    return {"samples": [file for samples, _ in chosen for file in samples.values()], "stores": stores}


def _of_question(plan: Plan, question: dict[str, Any]) -> tuple[dict[str, File], dict[str, list[File]]]:
    task, names = question["task"], plan.methods(question["task"], ablations=False)
    drawn = [name for name in names if not plan.instances[name].segmenter]
    samples = {name: plan.translation(task, name, plan.seeds[0]).file("samples") for name in drawn}
    of = ("segmentation", task)
    at = (question["size"], plan.segmenters_of(task)[0])
    stores = {
        name: [Score(*of, name, *at, *draw).file("confusion") for draw in plan.draws(name)]
        for name in ("identity", question["subject"])
    }
    return samples, stores


def _kind(plan: Plan, name: str, subject: str) -> str:
    if name in (subject, "identity", ORACLE):
        return {subject: "subject", "identity": "source", ORACLE: "target"}[name]
    instance = plan.instances[name]
    if not instance.optimised:
        # A folder of images may hold anything.
        return "trained" if instance.images_only else "simple"
    if instance.base == "dakpn":
        return "own" if instance.encoder else "control"
    return "trained"


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


def kept(plan: Plan) -> Needs:
    """What of a finished run is kept as a reference: tables, figures, rows, confusion stores and provenance; neither
    weights nor images.
    """
    needs = Report().needs(plan)
    return {
        **{name: needs[name] for name in ("tables", "supplements", "claims", "asked", "figures")},
        "rows": [CollectedRows().file(name) for name in CollectedRows.outputs],
        "stores": [score.file("confusion") for score in plan.all_scores],
        "provenance": Report().file("provenance"),
    }
