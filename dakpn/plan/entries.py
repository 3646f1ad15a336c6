"""What the tables of a run are: the paper's, with the rows that this run adds, and those of the run's own tasks."""

from collections.abc import Mapping
from typing import Any

from dakpn.plan.nodes import Plan
from dakpn.plan.training import ORACLE

KINDS = {"segmentation": "Segmentation", "fcn_score": "FCN-Scores"}
SCORES = ({"name": "pxAcc"}, {"name": "clsAcc"}, {"name": "mIOU"})


def entries(plan: Plan, spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Name of a table -> its facts: `number` (None for a task of the run's own), `role` (the paper's pair), `task` (of
    the run, None where it has no such pair), and `title`, `kind`, `metrics`, `resolutions`, `rows` and `notes` as in
    paper/tables.yaml, with the rows of this run's methods among them.

    spec: from `dakpn.paper.load_tables`.
    """
    roles = {plan.configuration.stands_for(task): task for task in plan.tasks}
    found = {}
    for number, facts in spec["tables"].items():
        # Computation is measured on views of any task.
        task = plan.timing_task if facts["kind"] == "timing" else roles.get(facts["task"])
        own = {"number": number, "role": facts["task"], "task": task}
        found[f"table{number}"] = {**facts, **own, "rows": _rows(plan, facts, task)}
    for task in plan.tasks:
        if not plan.configuration.stands_for(task):
            found |= {f"{kind.replace('_', '-')}-{task}": entry for kind, entry in _own(plan, task).items()}
    return found


def spoken(entry: Mapping[str, Any]) -> str:
    """How sentences call a table: "Table 3", or "Segmentation (town)" for one of the run's own."""
    return f"Table {entry['number']}" if entry["number"] else f"{KINDS[entry['kind']]} ({entry['task']})"


def _rows(plan: Plan, facts: Mapping[str, Any], task: str | None) -> list[dict[str, Any]]:
    """The paper's rows and, each before the first row that it precedes in display order, the run's other methods; of
    them the table of computation has those that cannot be timed, to say so.
    """
    rows, place = list(facts["rows"]), {name: position for position, name in enumerate([*plan.instances, ORACLE])}
    listed = {row["method"] for row in rows}
    if facts["kind"] == "timing":
        added, about = plan.images_only, {"harness": True, "images_only": True}
    else:
        closed = task is None or facts.get("closed")
        added, about = [] if closed else plan.methods(task, ablations=False), {"harness": True}
    for method in added:
        if method in listed or method not in place:
            continue
        later = (i for i, row in enumerate(rows) if place.get(row["method"], -1) > place[method])
        rows.insert(next(later, len(rows)), {"label": plan.labels[method], "method": method, **about})
    return rows


def _own(plan: Plan, task: str) -> dict[str, dict[str, Any]]:
    """Tables of a task that stands for none of the paper's: segmentation at every size, FCN-Scores at the largest."""
    section, sizes = plan.tasks[task], plan.sizes(task)
    pair = f"{section.source.reader} to {section.target.reader}"
    rows = [{"label": plan.labels[name], "method": name} for name in plan.methods(task)]
    common = {"number": None, "role": None, "task": task, "metrics": list(SCORES), "notes": []}
    return {
        "segmentation": {
            **common,
            "title": f"Segmentation of the target by a network trained on translations, {pair}",
            "kind": "segmentation",
            "resolutions": [{"paper": size, "position": position} for position, size in enumerate(sizes)],
            "rows": [*rows, {"label": plan.labels[ORACLE], "method": ORACLE}],
        },
        "fcn_score": {
            **common,
            "title": f"FCN-Scores of the translations, {pair}",
            "kind": "fcn_score",
            "resolutions": [{"paper": sizes[-1], "position": len(sizes) - 1}],
            "rows": rows,
        },
    }
