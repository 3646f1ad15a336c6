"""What a run consists of: a pure function from a validated configuration to typed nodes, their paths and their needs.

Rules, tables, figures, `verify` and the report ask the plan, and so does a reader who wants to know where a number
comes from (`Plan.lineage`). Nothing here reads a result, and nothing imports torch.
"""

from dataclasses import fields
from functools import cached_property
from typing import Any

from dakpn.plan.claims import Claims, Sensitivity
from dakpn.plan.configure import RunConfiguration
from dakpn.plan.data import PARTS, DataAudit, Drawn, Pairs, Passport, View, ViewShard
from dakpn.plan.entries import entries
from dakpn.plan.figures import Chart, Figure, figure_files, figures, trajectory_figures
from dakpn.plan.graph import Graph
from dakpn.plan.nodes import File, Node
from dakpn.plan.price import Trial, kinds
from dakpn.plan.report import Report
from dakpn.plan.results import CollectedRows
from dakpn.plan.scores import Fidelity, Geometry, Score, ScoreShard, ShiftCard, Timing
from dakpn.plan.tables import (
    Cell,
    SegmenterTable,
    Supplement,
    Table,
    TimingTable,
    gap_scores,
    segmentation_scores,
)
from dakpn.plan.training import ORACLE, Encoder, Segmenter, Translation, TranslationShard, Translator
from dakpn.plan.trajectory import Trajectory, TrajectoryTable

NODES = (
    *(Drawn, Pairs, Passport, DataAudit, ViewShard, View),
    *(Encoder, Translator, Trajectory, TranslationShard, Translation, Segmenter),
    *(ScoreShard, Score, Fidelity, Geometry, ShiftCard, Timing),
    *(Table, TimingTable, SegmenterTable, Supplement, Claims, Sensitivity, TrajectoryTable),
    *(Chart, Figure, CollectedRows, Report),
    Trial,
)
"""Every kind of job, in the order of the workflow."""
DIAGNOSTICS = {"shift": ShiftCard, "fidelity": Fidelity, "geometry": Geometry}


class Plan(Graph):
    """The jobs of a run and what each is made of."""

    claims, sensitivity, trajectory = Claims(), Sensitivity(), TrajectoryTable()

    def __init__(self, configuration: RunConfiguration) -> None:
        self.configuration = configuration
        self.results = f"results/{configuration.run}"
        self.page = f"reports/{configuration.run}/index.html"
        self.seeds = configuration.seeds
        self.tasks = configuration.tasks
        self.instances = configuration.instances
        self.encoders = configuration.encoder_sections
        self.encoder_domains = configuration.encoder_domains
        self.segmenters = configuration.segmenter_sections
        self.segmenter_labels = configuration.segmenter_labels
        self.switches = configuration.switches
        self.is_procedural = any(task.is_procedural for task in self.tasks.values())
        self.timing_task = configuration.timing.task or next(iter(self.tasks))
        # Settings of every job after the confusion stores; labels are in display order.
        named = {name: i.label for name, i in self.instances.items() if name not in configuration.snapshots}
        self.labels = named | {ORACLE: "Target"}
        self.common = {"run": configuration.run, "protocol": configuration.protocol, "labels": self.labels}
        # Which methods have a translator for every seed, and whose encoder they are trained with.
        optimised = {name: name != ORACLE and self.instances[name].optimised for name in self.labels}
        encoders = {name: self.encoder_domains[name] for name in self.labels if name in self.encoder_domains}
        self.drawn = {"optimised": optimised, "encoders": encoders}
        # Methods with translations of training images only: they can be neither timed nor certified.
        self.images_only = [name for name, instance in self.instances.items() if instance.images_only]

    # What a task has.

    def methods(self, task: str, ablations: bool = True) -> list[str]:
        """The methods of a task in display order."""
        chosen = self.configuration.run_methods(task) + self.tasks[task].ablations * ablations
        return [name for name in self.instances if name in chosen]

    def sizes(self, task: str) -> list[str]:
        """The resolutions of a task, smallest first."""
        return [str(size) for size in sorted(self.tasks[task].resolutions, key=lambda size: size.area)]

    def resolutions(self, task: str, method: str = ORACLE) -> list[str]:
        """The resolutions that a method is run at, as configured: all, or the first for an ablation."""
        names = [str(size) for size in self.tasks[task].resolutions]
        return names[:1] if method in self.tasks[task].ablations else names

    def seeds_of(self, method: str) -> tuple[int, ...]:
        """The training seeds of a method: its own where the run has several, else the run's. A run of one seed is a
        quick look at everything.
        """
        own = self.instances[method].seeds if method in self.instances and len(self.seeds) > 1 else None
        return own or self.seeds

    def draws(self, method: str, kind: str = "segmentation") -> list[tuple[int, int]]:
        """(seed, replicate) of every segmenter behind a score of a method. FCN-Scores have a judge per seed of the run,
        and no replicates.
        """
        if kind == "fcn_score":
            return [(seed, 0) for seed in self.seeds]
        return [(seed, own) for seed in self.seeds_of(method) for own in range(self.configuration.replicates)]

    def segmenters_of(self, task: str) -> list[str]:
        """The segmenters of a task, the one of its tables first."""
        return list(self.tasks[task].segmenters or [next(iter(self.configuration.segmenters))])

    def scored_options(self, task: str) -> dict[str, str]:
        """Options of the source's reader for the labels of FCN-Scores."""
        scored = (self.configuration.evaluation.face_labels, self.tasks[task].source.reader)
        return {"label_map": "identity"} if scored == ("identity", "facesynthetics") else {}

    # What a job computes with.

    def computing(self, node: Node) -> dict[str, Any]:
        """Settings of every job that computes with torch."""
        devices = {"device": self.configuration.device, "devices": node.devices(self)}
        return {"run": self.configuration.run, "checkpoint": f"{self.results}/checkpoints/{node.place}.pt"} | devices

    def translator(self, task: str, method: str) -> dict[str, Any]:
        """What a translator is built from."""
        section, instance = self.tasks[task], self.instances[method]
        domain = self.encoder_domains.get(method)
        built = {
            "method": instance.base,
            "settings": instance.settings,
            "encoder": self.encoders[domain] if domain else None,
            "image_size": section.image_size,
            "low_size": section.low_size,
        }
        snapshot = self.configuration.snapshots.get(method)
        return {**built, "snapshot": snapshot[1]} if snapshot else built

    def translator_node(self, task: str, method: str, seed: int) -> Translator:
        """The training of a seed; a method that is not optimised draws nothing, so one serves all seeds."""
        if method in self.configuration.snapshots:
            return Trajectory(task, self.configuration.snapshots[method][0], seed)
        return Translator(task, method, seed if self.instances[method].optimised else 0)

    def translation(self, task: str, method: str, seed: int) -> Translation:
        """The translation of a seed, see `translator_node`."""
        return Translation(task, method, self.translator_node(task, method, seed).seed)

    # Tables and figures.

    @cached_property
    def entries(self) -> dict[str, dict[str, Any]]:
        """Name of a table -> what it is, see `dakpn.plan.entries`."""
        return entries(self)

    @cached_property
    def timed(self) -> list[str]:
        """Methods of the table of computation that this run has."""
        rows = (row["method"] for entry in self.entries.values() if entry["kind"] == "timing" for row in entry["rows"])
        return [name for name in rows if name in self.instances and name not in self.images_only]

    @cached_property
    def tables(self) -> list[Table | TimingTable | SegmenterTable]:
        """Every table of methods."""
        tables = [TimingTable(n) if entry["kind"] == "timing" else Table(n) for n, entry in self.entries.items()]
        return tables + [SegmenterTable(task) for task in self.tasks if len(self.segmenters_of(task)) > 1]

    @cached_property
    def all_scores(self) -> list[Score]:
        """The scores that some table shows."""
        return sorted({s for t in self.tables if not isinstance(t, TimingTable) for s in t.scores(self)})

    @cached_property
    def paper_scores(self) -> list[Score]:
        """The scores that Tables 1 to 6 show."""
        tables = (table for table in self.tables if isinstance(table, Table) and self.entries[table.name]["number"])
        return sorted({score for table in tables for score in table.scores(self)})

    def diagnostics(self, kind: str) -> list[File]:
        """Rows of a diagnostic of every task on which it can be made."""
        measured = {"identity"} if kind == "shift" else self.instances.keys() - set(self.images_only)
        tasks = [name for name, task in self.tasks.items() if task.is_paired and measured & {*self.methods(name)}]
        return [DIAGNOSTICS[kind](task, seed).file(kind) for task in tasks for seed in self.seeds]

    @cached_property
    def supplements(self) -> list[Supplement]:
        """Tables that the paper does not have and that the run's tasks allow."""
        noise = ["components", "power", "allocation"] * (bool(segmentation_scores(self)) and len(self.seeds) > 1)
        names = ["gap"] * bool(gap_scores(self)) + noise + [kind for kind in DIAGNOSTICS if self.diagnostics(kind)]
        return [Supplement(name) for name in names]

    @cached_property
    def figures(self) -> dict[str, tuple[str, str | None, list[str]]]:
        """Name -> (kind, task, methods) of every figure."""
        return figures(self) | (self.trajectory_figures if self.configuration.report.trajectory else {})

    @cached_property
    def trajectories(self) -> dict[str, list[str]]:
        """Task -> its methods that the configuration's `trajectory` names, where there are any."""
        named = self.configuration.trajectory
        methods = {task: [name for name in self.methods(task) if name in named] for task in self.tasks}
        return {task: names for task, names in methods.items() if names}

    @cached_property
    def trajectory_figures(self) -> dict[str, tuple[str, str | None, list[str]]]:
        """Name -> (kind, task, methods) of the figures of the target `trajectory`."""
        return trajectory_figures(self)

    # The graph.

    @cached_property
    def jobs(self) -> list[Node]:
        """Every job of the target `all`, each after what it needs."""
        return self.upstream(Report(), CollectedRows())

    @cached_property
    def costly(self) -> list[Node]:
        """Jobs that leave a record of what they cost."""
        diagnostics = (file.node for kind in DIAGNOSTICS for file in self.diagnostics(kind))
        return [file.node for file in self.costs(*self.all_scores, *diagnostics)]

    @cached_property
    def cells(self) -> list[Cell]:
        """Every measured number of the tables."""
        return [cell for table in self.tables if not isinstance(table, SegmenterTable) for cell in table.cells(self)]

    # What rules ask.

    @property
    def wildcards(self) -> dict[str, str]:
        """Pattern of every wildcard: a name that the run does not have matches no rule."""
        names: dict[str, set[str]] = {field.name: set() for kind in NODES for field in fields(kind)}
        audits = (DataAudit(task, part) for task in self.tasks for part in PARTS)
        drawn = [file.node for file in figure_files(self.trajectory_figures).values()]
        drawn += [self.trajectory] * bool(self.trajectories)
        trials = [Trial(node.place) for node in kinds(self).values()]
        for node in self.upstream(Report(), CollectedRows(), self.sensitivity, *drawn, *audits, *trials):
            for name, value in vars(node).items():
                names[name].add(str(value))
        # A wildcard that has no value matches nothing.
        return {name: "|".join(sorted(values)) or "(?!)" for name, values in names.items()}


def plan(configuration: RunConfiguration) -> Plan:
    """The plan of a configuration from `dakpn.plan.configure.configure`."""
    return Plan(configuration)
