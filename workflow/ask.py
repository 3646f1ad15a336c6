"""What rules ask the plan, as the functions and patterns that Snakemake's directives take."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from snakemake.io import directory, temp

from dakpn.plan import NODES, DataAudit, Plan, Report
from dakpn.plan.data import PARTS
from dakpn.plan.figures import figure_files
from dakpn.plan.nodes import Node
from dakpn.plan.results import needed_files
from dakpn.plan.tables import FORMATS, LISTING, Claims
from workflow.code_identity import code_of

REGISTRIES = {"METHODS": "baselines.METHODS", "SEGMENTERS": "dakpn.segmentation.registry.SEGMENTERS"}
"""Where the registries stand; a job depends on the entries that it uses (`Node.registered`)."""
Kind = type[Node]


class Ask:
    """Questions of rules about one plan; a rule runs the jobs of one kind of node."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kinds = [kind for kind in NODES if kind not in (DataAudit, Report)]
        audited = [DataAudit(task, part) for task in plan.configuration.tasks for part in PARTS]
        self.parts = [f"{node.task}/{node.part}" for node in audited]
        self.audits = [plan.path(node.file("passport")) for node in audited]
        self.roots = [node.data(plan)["root"] for node in audited]
        self.kept = [plan.path(file) for file in needed_files(plan.kept)]
        self.figures = [plan.path(file) for file in Report().needs(plan)["figures"]]
        drawn = figure_files(plan.trajectory_figures).values()
        priced = [table.file(name) for table in plan.supplements if table.name in table.priced for name in FORMATS]
        self.power = [plan.path(file) for file in (*priced, *map(plan.claims.file, Claims.outputs))]
        self.trajectory = [plan.path(file) for file in (*map(plan.trajectory.file, LISTING), *drawn)]

    def outputs(self, kind: Kind) -> dict[str, str]:
        """Patterns of a kind's outputs by name, with the flags that Snakemake wants."""
        patterns = {name: f"{self.plan.results}/{kind.folder}{ending}" for name, ending in kind.outputs.items()}
        flagged = {name: directory(path) if name in kind.directories else path for name, path in patterns.items()}
        return {name: temp(path) if kind.temporary else path for name, path in flagged.items()}

    def log(self, kind: Kind) -> str:
        """Pattern of a kind's log."""
        return f"{self.plan.results}/logs/{kind.folder or kind.rule}.log"

    def needs(self, kind: Kind) -> Callable[[Any], dict[str, Any]]:
        """Input function: paths by name; `brought` are files of the user's."""

        def paths(wildcards: Any) -> dict[str, Any]:
            node = _node(kind, wildcards)
            brought = list(node.brought(self.plan))
            return self.plan.paths(node.needs(self.plan)) | ({"brought": brought} if brought else {})

        return paths

    def settings(self, kind: Kind) -> Callable[[Any], dict[str, Any]]:
        """Params function: what a job computes with, as plain data."""
        return lambda wildcards: json.loads(json.dumps(_node(kind, wildcards).settings(self.plan)))

    def code(self, kind: Kind) -> Callable[[Any], str]:
        """Params function: identity of the code of a kind's script with all that it computes with."""
        script = f"workflow/scripts/{kind.script or kind.rule}.py"

        def digest(wildcards: Any) -> str:
            used = _node(kind, wildcards).registered(self.plan)
            return code_of(script, {REGISTRIES[name]: sorted(keys) for name, keys in used.items()})

        return digest

    def table(self, number: int) -> list[str]:
        """Paths of a table of the paper in every format."""
        node = next(table for table in self.plan.tables if table.name == f"table{number}")
        return [self.plan.path(node.file(name)) for name in type(node).outputs]


def _node(kind: Kind, wildcards: Any) -> Node:
    return kind(**{field.name: field.type(getattr(wildcards, field.name)) for field in fields(kind)})
