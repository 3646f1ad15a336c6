"""What the tables of a run are: the paper's, with the rows that this run adds, and those of the run's own tasks."""

from collections.abc import Mapping
from typing import Any

from dakpn.paper import PAPER, load_tables
from dakpn.plan.nodes import Plan
from dakpn.plan.training import ORACLE

KINDS = {"segmentation": "Segmentation", "fcn_score": "FCN-Scores"}


def entries(plan: Plan) -> dict[str, dict[str, Any]]:
    """Name of a table -> its facts: `number` (None for a task of the run's own), `role` (the paper's pair), `task` (of
    the run, None where it has no such pair), and `title`, `kind`, `metrics`, `resolutions`, `rows` and `notes` as in
    paper/tables.yaml, with the rows of this run's methods among them.
    """
    roles = {task.stands_for: name for name, task in plan.tasks.items() if task.stands_for}
    tables = {}
    for number, facts in load_tables(PAPER)["tables"].items():
        # Computation is measured on views of any task.
        task = plan.timing_task if facts["kind"] == "timing" else roles.get(facts["task"])
        own = {"number": number, "role": facts["task"], "task": task}
        tables[f"table{number}"] = {**facts, **own, "rows": _rows(plan, facts, task)}
    for name, task in plan.tasks.items():
        if not task.stands_for:
            tables |= _own(plan, name)
    return tables


def spoken(entry: Mapping[str, Any]) -> str:
    """How sentences call a table: "Table 3", or "Segmentation (town)" for one of the run's own."""
    return f"Table {entry['number']}" if entry["number"] else f"{KINDS[entry['kind']]} ({entry['task']})"


def _rows(plan: Plan, facts: Mapping[str, Any], task: str | None) -> list[dict[str, Any]]:
    """The paper's rows and, each before the first row that it precedes in display order, the run's other methods; of
    them the table of computation has those that cannot be timed, to say so.
    """
    rows, place = list(facts["rows"]), {name: position for position, name in enumerate(plan.labels)}
    about = {"harness": True}
    if facts["kind"] == "timing":
        added, about = plan.images_only, {**about, "images_only": True}
    else:
        added = [] if task is None or facts.get("closed") else _scored(plan, task, facts["kind"], ablations=False)
    listed = {row["method"] for row in rows}
    for method in added:
        if method not in listed:
            later = (i for i, row in enumerate(rows) if place.get(row["method"], -1) > place[method])
            rows.insert(next(later, len(rows)), {"label": plan.labels[method], "method": method, **about})
    return rows


def _own(plan: Plan, task: str) -> dict[str, dict[str, Any]]:
    """Tables of a task that stands for none of the paper's: segmentation at every size, FCN-Scores at the largest."""
    section, sizes = plan.tasks[task], plan.sizes(task)
    titles = {
        "segmentation": "Segmentation of the target by a network trained on translations",
        "fcn_score": "FCN-Scores of the translations",
    }
    slots = [{"paper": size, "position": position} for position, size in enumerate(sizes)]
    return {
        f"{kind.replace('_', '-')}-{task}": {
            "number": None,
            "role": None,
            "task": task,
            "metrics": [{"name": "pxAcc"}, {"name": "clsAcc"}, {"name": "mIOU"}],
            "notes": [],
            "title": f"{title}, {section.source.reader} to {section.target.reader}",
            "kind": kind,
            "resolutions": slots if kind == "segmentation" else slots[-1:],
            "rows": [
                {"label": plan.labels[name], "method": name}
                for name in (*_scored(plan, task, kind), *[ORACLE] * (kind == "segmentation"))
            ],
        }
        for kind, title in titles.items()
    }


def _scored(plan: Plan, task: str, kind: str, **which: bool) -> list[str]:
    """The methods of a task; those that change their segmenters alone have no translations to score."""
    names = plan.methods(task, **which)
    return [name for name in names if kind == "segmentation" or not plan.instances[name].segmenter]
