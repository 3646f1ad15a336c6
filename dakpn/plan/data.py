"""Nodes of the data: drawn data sets, passports, and the views that everything else reads."""

from dataclasses import dataclass
from typing import Any

from dakpn.config.models import DataSet
from dakpn.data import READERS
from dakpn.plan.nodes import Needs, Node, Plan, Shard, beside

PARTS = ("source-train", "target-train", "target-validation")
"""What every run reads of a task."""
VIEW = beside("view.json", "images.npy", "low.npy", "labels.npy", "low_labels.npy", "index.csv")
"""Files of a view. Other jobs need the first, which holds the hash of the rest."""


@dataclass(frozen=True, order=True)
class Drawn(Node):
    """A procedural data set in its official layout, drawn for tasks of one image size."""

    dataset: str
    size: str

    # The record, written last, is what other jobs need: a small file tells a copied folder from a changed one.
    rule, folder, outputs = "procedural_data", "data/{dataset}/{size}", {"root": "", "record": ".json"}
    directories, runtime = ("root",), 600

    def settings(self, plan: Plan) -> dict[str, Any]:
        amount = plan.configuration.procedural
        return {"seed": amount.seed, "counts": {"train": amount.train, "val": amount.validation}}


@dataclass(frozen=True, order=True)
class Pairs(Node):
    """Held-out scenes as both renderers see them, for measurements against the true rendering."""

    task: str

    rule, folder, outputs = "procedural_pairs", "data/pairs/{task}", {"root": "", "record": ".json"}
    directories, runtime = ("root",), 600

    def settings(self, plan: Plan) -> dict[str, Any]:
        task, amount = plan.tasks[self.task], plan.configuration.procedural
        return {"reader": task.source.reader, "size": task.image_size, "seed": amount.seed, "count": amount.paired}


@dataclass(frozen=True, order=True)
class _OfData(Node):
    """part: source or target, behind a dash train, validation or scored; or paired-source, paired-target."""

    task: str
    part: str

    def section(self, plan: Plan) -> DataSet | None:
        """The data set's section of the configuration; None for held-out scenes, which have none."""
        return getattr(plan.tasks[self.task], self.part.partition("-")[0], None)

    def made(self, plan: Plan) -> Drawn | Pairs | None:
        """The node that draws the data, None for data that the user brings."""
        section = self.section(plan)
        if section is None:
            return Pairs(self.task)
        return None if section.root else Drawn(section.reader, str(plan.tasks[self.task].image_size))

    def needs(self, plan: Plan) -> Needs:
        made = self.made(plan)
        return {"made": made.file("record")} if made else {}

    def brought(self, plan: Plan) -> tuple[str, ...]:
        section = self.section(plan)
        edited = READERS[section.reader].edited if section and section.root else ()
        return tuple(f"{section.root}/{name}" for name in edited)

    def data(self, plan: Plan) -> dict[str, Any]:
        """What the reader is called with, and the limit of items."""
        split = self.part.partition("-")[2]
        section, made = self.section(plan), self.made(plan)
        drawn = made and f"{plan.results}/{made.place}"
        if section is None:
            place = {"root": f"{drawn}/{split}", "split": "all" if split == "source" else "val"}
            return {"reader": getattr(plan.tasks[self.task], split).reader, **place, "options": {}, "limit": None}
        data = {"reader": section.reader, "root": drawn or section.root, "options": section.options}
        if split != "scored":
            return {**data, "split": getattr(section, split), "limit": section.limit}
        # Translations are of evenly spread items where the source is limited; a split of its own is taken whole.
        own = plan.configuration.evaluation.splits.get(self.task)
        data["options"] = section.options | plan.scored_options(self.task)
        return {**data, "split": own or section.train, "limit": None if own else section.limit}


@dataclass(frozen=True, order=True)
class Passport(_OfData):
    """A run's quick look at a data set; an error ends the run before anything is made of it."""

    rule, folder, outputs = "passport", "passport/{task}/{part}", {"passport": ".json"}
    full = False
    threads = "half"

    def settings(self, plan: Plan) -> dict[str, Any]:
        section = self.section(plan)
        check = {"release": bool(section.root), "allow_partial": section.allow_partial, "manifest": section.manifest}
        return {"data": self.data(plan), "full": self.full, **check}


@dataclass(frozen=True, order=True)
class DataAudit(Passport):
    """The doctor's look at a data set: every pixel and every byte."""

    rule, folder, outputs = "data_audit", "doctor/{task}/{part}", beside("passport.json", "manifest.csv")
    full = True
    script, runtime = "passport", 600


@dataclass(frozen=True, order=True)
class View(_OfData):
    """A split, read once and kept as memory-mapped arrays at the task's sizes."""

    rule, folder, outputs, divided = "view", "view/{task}/{part}", VIEW, "views"
    threads, mem_mb, runtime = "half", 8000, 600

    def needs(self, plan: Plan) -> Needs:
        passport = {"passport": Passport(self.task, self.part).file("passport")} if self.section(plan) else {}
        return {**super().needs(plan), **passport, **self.shares(plan, ViewShard)}

    def settings(self, plan: Plan) -> dict[str, Any]:
        task = plan.tasks[self.task]
        return {"data": self.data(plan), "image_size": task.image_size, "low_size": task.low_size}


@dataclass(frozen=True, order=True)
class ViewShard(Shard, View):
    """A view of some items of the split."""

    shard: int

    rule, folder, script = "view_shard", f"shards/{{shard}}/{View.folder}", "view"
