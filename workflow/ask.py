"""What rules ask the plan, as the functions and patterns that Snakemake's directives take."""

import json
import os
from collections.abc import Callable
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from snakemake.io import directory, temp

from dakpn.plan import NODES, DataAudit, Plan, Report, price
from dakpn.plan.claims import Claims
from dakpn.plan.data import PARTS
from dakpn.plan.figures import figure_files
from dakpn.plan.nodes import Node, needed_files, threads
from dakpn.plan.report import kept
from dakpn.plan.tables import FORMATS, LISTING
from dakpn.report.status import read_heartbeats, status_lines
from workflow.code_identity import code_of

REGISTRIES = {"METHODS": "baselines.METHODS", "SEGMENTERS": "dakpn.segmentation.registry.SEGMENTERS"}
"""Where the registries stand; a job depends on the entries that it uses (`Node.registered`)."""
Kind = type[Node]


class Ask:
    """Questions of rules about one plan; a rule runs the jobs of one kind of node.

    workflow: Snakemake's, which knows where jobs run once all rules are read. cores: what it may use of this machine.
    """

    def __init__(self, plan: Plan, workflow: Any) -> None:
        self.plan, self._workflow = plan, workflow
        self.cores = workflow.cores or os.cpu_count()
        self.kinds = [kind for kind in NODES if kind not in (DataAudit, Report)]
        audited = [DataAudit(task, part) for task in plan.configuration.tasks for part in PARTS]
        self.parts = [f"{node.task}/{node.part}" for node in audited]
        self.audits = [plan.path(node.file("passport")) for node in audited]
        self.roots = [node.data(plan)["root"] for node in audited]
        self.kept = [plan.path(file) for file in needed_files(kept(plan))]
        self.all = self.complete(*plan.jobs)
        self.figures = self.complete(*(file.node for file in figure_files(plan.figures).values()))
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

    def takes_gpu(self) -> bool:
        """Whether jobs compute on a GPU. Where a scheduler sends them to other machines, `auto` asks it for one."""
        device = self.plan.configuration.device
        return device == "cuda" or (device == "auto" and (not self._workflow.local_exec or torch.cuda.is_available()))

    def gpus_of_run(self) -> int:
        """GPUs that the run may use at once; 0 where jobs compute without."""
        given = self._workflow.global_resources
        return self.takes_gpu() * (given["gpu"].value if "gpu" in given else 1)

    def gpus(self, kind: Kind) -> Callable[[Any], int]:
        """Resource function: GPUs of a job."""
        several = self.plan.configuration.devices > 1
        return lambda wildcards: (
            int(kind.gpu and self.takes_gpu()) * (_node(kind, wildcards).devices(self.plan) if several else 1)
        )

    def threads(self, kind: Kind) -> Callable[[Any], int]:
        """Threads function."""
        return lambda wildcards: threads(kind.threads, self.cores, os.cpu_count(), self.gpus_of_run())

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

    def complete(self, *nodes: Node) -> list[str]:
        """Paths of all outputs of `nodes` and of all that they need.

        Targets ask for these: of a file that lies between others Snakemake does not ask whether it is there, and a run
        that failed in the middle would be taken for a finished one.
        """
        kept = [node for node in self.plan.upstream(*nodes) if not node.temporary]
        return [self.plan.path(node.file(name)) for node in kept for name in type(node).outputs]

    @staticmethod
    def is_light(kind: Kind) -> bool:
        """Whether a kind of job asks for nothing beyond what every job has."""
        return (kind.gpu, kind.mem_mb, kind.runtime) == (Node.gpu, Node.mem_mb, Node.runtime)

    def memory(self, kind: Kind) -> Callable[..., int]:
        """Resource function: MB of a job, more where its trial took more, and again for each attempt."""

        def wanted(wildcards: Any, attempt: int) -> int:
            tried = self._priced("memory", kind, wildcards)
            return attempt * max(kind.mem_mb, round(1.5 * (tried or 0)))

        return wanted

    def runtime(self, kind: Kind) -> Callable[..., int]:
        """Resource function: minutes of a job, three times its price and ten where it has been asked."""

        def wanted(wildcards: Any, attempt: int) -> int:
            seconds = self._priced("seconds", kind, wildcards)
            return attempt * (kind.runtime if seconds is None else 10 + round(seconds / 20))

        return wanted

    @cached_property
    def _price(self) -> dict[str, dict[str, float]]:
        file = Path(self.plan.results, "price.json")
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def _priced(self, what: str, kind: Kind, wildcards: Any) -> float | None:
        return self._price.get(what, {}).get(_node(kind, wildcards).place)

    def trials(self, wildcards: Any) -> list[str]:
        """Trials of the kinds of jobs that are still to run and of which none has run."""
        kinds, like = price.kinds(self.plan), {True: set(), False: set()}
        for node in self.plan.jobs:
            like[self._is_done(node)].add(price.likeness(node, self.plan))
        keys = sorted({key for _, key in like[False] - like[True] if key})
        return [self.plan.path(price.Trial(kinds[key].place).file("trial")) for key in keys]

    def status(self) -> list[str]:
        """Where the run of `all` stands, as lines of text."""
        stages: dict[str, list[bool]] = {kind.rule: [] for kind in NODES}
        for node in self.plan.jobs:
            stages[node.rule].append(self._is_done(node))
        beats = read_heartbeats(f"{self.plan.results}/heartbeats")
        return status_lines({name: (sum(done), len(done)) for name, done in stages.items() if done}, beats)

    def _is_done(self, node: Node) -> bool:
        return all(Path(self.plan.path(node.file(name))).exists() for name in type(node).outputs)

    def table(self, number: int) -> list[str]:
        """What the target of a table of the paper asks for."""
        return self.complete(next(table for table in self.plan.tables if table.name == f"table{number}"))


def _node(kind: Kind, wildcards: Any) -> Node:
    return kind(**{field.name: field.type(getattr(wildcards, field.name)) for field in fields(kind)})
