"""What rules ask the plan, as the functions and patterns that Snakemake's directives take."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from dakpn.plan import NODES, Plan
from dakpn.plan.data import PARTS, DataAudit
from dakpn.plan.nodes import Node
from dakpn.plan.results import needed_files
from workflow.code_identity import code_of

SCRIPTS = "workflow/scripts"
REGISTRIES = {"METHODS": "baselines.METHODS", "SEGMENTERS": "dakpn.segmentation.registry.SEGMENTERS"}
"""Where the registries stand; a job depends on the entries that it uses (`Node.registered`)."""


class Ask:
    """Questions of rules about one plan; each names the rule, and answers a function of the job's wildcards."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.nodes = {node.rule: node for node in NODES}
        tasks = plan.configuration.tasks
        audited = [DataAudit(task, part) for task in tasks for part in PARTS]
        self.parts = [f"{node.task}/{node.part}" for node in audited]
        self.audits = [plan.path(node.file("passport")) for node in audited]
        self.roots = [node.data(plan)["root"] for node in audited]
        self.kept = [plan.path(file) for file in needed_files(plan.kept)]
        self.benchmarks = [self._filled("benchmarks", node, "tsv") for node in plan.costly]
        self.wildcards = plan.wildcards

    def files(self, rule: str) -> dict[str, str]:
        """Patterns of a rule's outputs by name."""
        node = self.nodes[rule]
        return {name: f"{self.plan.results}/{node.folder}{ending}" for name, ending in node.outputs.items()}

    def log(self, rule: str) -> str:
        """Pattern of a rule's log."""
        return f"{self.plan.results}/logs/{self.nodes[rule].folder or rule}.log"

    def benchmark(self, rule: str) -> str:
        """Pattern of a rule's benchmark file."""
        return f"{self.plan.results}/benchmarks/{self.nodes[rule].folder or rule}.tsv"

    def needs(self, rule: str) -> Callable[[Any], dict[str, Any]]:
        """Input function: paths by name; `brought` are files of the user's."""

        def paths(wildcards: Any) -> dict[str, Any]:
            node = self._node(rule, wildcards)
            brought = list(node.brought(self.plan))
            return self.plan.paths(node.needs(self.plan)) | ({"brought": brought} if brought else {})

        return paths

    def settings(self, rule: str) -> Callable[[Any], dict[str, Any]]:
        """Params function: what a job computes with, as plain data."""
        return lambda wildcards: json.loads(json.dumps(self._node(rule, wildcards).settings(self.plan)))

    def code(self, rule: str, script: str | None = None) -> Callable[[Any], str]:
        """Params function: identity of the code of a rule's script with all that it computes with."""
        path = f"{SCRIPTS}/{script or rule}.py"

        def digest(wildcards: Any) -> str:
            used = self._node(rule, wildcards).registered(self.plan)
            return code_of(path, {REGISTRIES[name]: sorted(keys) for name, keys in used.items()})

        return digest

    def table(self, number: int) -> list[str]:
        """Paths of a table of the paper in every format."""
        node = next(table for table in self.plan.tables if table.name == f"table{number}")
        return [self.plan.path(node.file(name)) for name in type(node).outputs]

    def _filled(self, kind: str, node: Node, suffix: str) -> str:
        return f"{self.plan.results}/{kind}/{node.place}.{suffix}"

    def _node(self, rule: str, wildcards: Any) -> Node:
        node = self.nodes[rule]
        return node(**{field.name: field.type(getattr(wildcards, field.name)) for field in fields(node)})
