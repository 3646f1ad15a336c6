"""Nodes of the data: drawn data sets, passports, and the views that everything else reads."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dakpn.data import READERS
from dakpn.plan.nodes import Needs, Node, beside

if TYPE_CHECKING:
    from dakpn.plan import Plan

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

    def settings(self, plan: "Plan") -> dict[str, Any]:
        amount = plan.configuration.procedural
        return {"seed": amount.seed, "counts": {"train": amount.train, "val": amount.validation}}


@dataclass(frozen=True, order=True)
class Pairs(Node):
    """Held-out scenes as both renderers see them, for measurements against the true rendering."""

    task: str

    rule, folder, outputs = "procedural_pairs", "data/pairs/{task}", {"root": "", "record": ".json"}
    directories = ("root",)

    def settings(self, plan: "Plan") -> dict[str, Any]:
        task, amount = plan.task(self.task), plan.configuration.procedural
        return {"reader": task.source.reader, "size": task.image_size, "seed": amount.seed, "count": amount.paired}


@dataclass(frozen=True, order=True)
class _OfData(Node):
    task: str
    part: str

    def needs(self, plan: "Plan") -> Needs:
        made = self.made(plan)
        return {"made": made.file("record")} if made else {}

    def brought(self, plan: "Plan") -> tuple[str, ...]:
        section = getattr(plan.task(self.task), self.part.partition("-")[0], None)
        return (
            tuple(f"{section.root}/{name}" for name in READERS[section.reader].edited)
            if section and section.root
            else ()
        )

    def made(self, plan: "Plan") -> Drawn | Pairs | None:
        """The node that draws the data, None for data that the user brings."""
        domain, _, split = self.part.partition("-")
        if domain == "paired":
            return Pairs(self.task)
        section = getattr(plan.task(self.task), domain)
        return None if section.root else Drawn(section.reader, str(plan.task(self.task).image_size))

    def data(self, plan: "Plan") -> dict[str, Any]:
        """What the reader is called with, and the limit of items."""
        domain, _, split = self.part.partition("-")
        task, made = plan.task(self.task), self.made(plan)
        if domain == "paired":
            root = f"{plan.results}/{made.place}/{split}"
            place = {"root": root, "split": "all" if split == "source" else "val"}
            return {"reader": getattr(task, split).reader, **place, "options": {}, "limit": None}
        section = getattr(task, domain)
        data = {
            "reader": section.reader,
            "root": section.root or f"{plan.results}/{made.place}",
            "split": section.train if split == "scored" else getattr(section, split),
            "options": section.options,
            "limit": section.limit,
        }
        if split == "scored":
            # Translations are of evenly spread items where the source is limited; a split of its own is taken whole.
            own = plan.configuration.evaluation.splits.get(self.task)
            data |= {"split": own, "limit": None} if own else {}
            data["options"] = {**data["options"], **plan.scored_options(self.task)}
        return data


@dataclass(frozen=True, order=True)
class Passport(_OfData):
    """A run's quick look at a data set; an error ends the run before anything is made of it."""

    rule, folder, outputs = "passport", "passport/{task}/{part}", {"passport": ".json"}
    full = False
    threads = "half"

    def settings(self, plan: "Plan") -> dict[str, Any]:
        section = getattr(plan.task(self.task), self.part.partition("-")[0])
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

    rule, folder, outputs = "view", "view/{task}/{part}", VIEW
    threads, mem_mb, runtime = "half", 8000, 600

    def needs(self, plan: "Plan") -> Needs:
        looked = {} if self.part.startswith("paired") else {"passport": Passport(self.task, self.part).file("passport")}
        return {**super().needs(plan), **looked}

    def settings(self, plan: "Plan") -> dict[str, Any]:
        task = plan.task(self.task)
        return {"data": self.data(plan), "image_size": task.image_size, "low_size": task.low_size}
