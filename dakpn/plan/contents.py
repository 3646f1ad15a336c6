"""What the tables, the figures and the report of a run show."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from dakpn.paper import PAPER, load_tables
from dakpn.plan.entries import entries, spoken
from dakpn.plan.nodes import File, Node
from dakpn.plan.results import CollectedRows, Figure, figures
from dakpn.plan.run import Run
from dakpn.plan.scores import Fidelity, Geometry, Score, ShiftCard
from dakpn.plan.tables import Claims, SegmenterTable, Sensitivity, Supplement, Table, TimingTable
from dakpn.plan.training import Translator

DIAGNOSTICS = {"shift": ShiftCard, "fidelity": Fidelity, "geometry": Geometry}


class Contents(Run):
    """Tables, figures and their scores."""

    @cached_property
    def entries(self) -> dict[str, dict[str, Any]]:
        """Name of a table -> what it is, see `dakpn.plan.entries`."""
        return entries(self, load_tables(PAPER))

    def slot_size(self, entry: Mapping[str, Any], slot: Mapping[str, Any]) -> str | None:
        """The run's resolution that stands for a column of a table, None where the run has too few."""
        sizes = self.sizes(entry["task"]) if entry["task"] else []
        position = slot["position"]
        return sizes[position] if -len(sizes) <= position < len(sizes) else None

    @cached_property
    def timed(self) -> list[str]:
        """Methods of the table of computation that this run has."""
        rows = (row["method"] for entry in self.entries.values() if entry["kind"] == "timing" for row in entry["rows"])
        return [name for name in rows if name in self.instances and not self.instances[name].images_only]

    @cached_property
    def tables(self) -> list[Table | TimingTable | SegmenterTable]:
        """Every table of methods."""
        found = [TimingTable(n) if entry["kind"] == "timing" else Table(n) for n, entry in self.entries.items()]
        return found + [SegmenterTable(task) for task in self.tasks if len(self.segmenters_of(task)) > 1]

    @cached_property
    def paper_scores(self) -> list[Score]:
        """The scores that Tables 1 to 6 show."""
        tables = (table for table in self.tables if isinstance(table, Table) and self.entries[table.name]["number"])
        return sorted({score for table in tables for score in table.scores(self)})

    @cached_property
    def all_scores(self) -> list[Score]:
        """The scores that some table shows."""
        tables = (table for table in self.tables if not isinstance(table, TimingTable))
        return sorted({score for table in tables for score in table.scores(self)})

    @cached_property
    def gap_scores(self) -> list[Score]:
        """Scores of the tasks whose source is scored untranslated, by the tables' segmenter."""
        tables = (table for table in self.tables if isinstance(table, Table))
        scored = dict.fromkeys(score for table in tables for score in table.scores(self))
        return [s for s in scored if s.kind == "segmentation" and "identity" in self.methods(s.task)]

    @cached_property
    def class_scores(self) -> list[Score]:
        """Segmentation scores at the largest resolution of every task."""
        main = {task: (self.sizes(task)[-1], self.segmenters_of(task)[0]) for task in self.tasks}
        chosen = (s for s in self.all_scores if s.kind == "segmentation")
        return [s for s in chosen if (s.resolution, s.segmenter) == main[s.task]]

    def diagnostics(self, kind: str) -> list[File]:
        """Rows of a diagnostic of every task on which it can be made."""
        needed = ["identity"] if kind == "shift" else self.instances.keys() - self.images_only
        tasks = [task for task in self.tasks_with(needed) if self.tasks[task].is_paired]
        return [DIAGNOSTICS[kind](task, seed).file(kind) for task in tasks for seed in self.seeds]

    @cached_property
    def supplements(self) -> list[Supplement]:
        """Tables that the paper does not have and that the run's tasks allow."""
        made = ["gap"] * bool(self.gap_scores) + [kind for kind in DIAGNOSTICS if self.diagnostics(kind)]
        return [Supplement(name) for name in made]

    @cached_property
    def titles(self) -> dict[str, str]:
        """File name of a table -> title in the report."""
        found = {name: f"{spoken(entry)}. {entry['title']}" for name, entry in self.entries.items()}
        several = (table for table in self.tables if isinstance(table, SegmenterTable))
        return found | {
            f"segmenters-{table.task}": f"Order of methods by segmenter ({table.task})" for table in several
        }

    @cached_property
    def listed(self) -> list[str]:
        """Supplementary tables in the order of the report."""
        scored = [table.name for table in self.tables if isinstance(table, Table) and table.scores(self)]
        made = [f"{name}-{kind}" for kind in ("differences", "multiverse") for name in scored]
        last = ["sensitivity"] * self.configuration.report.sensitivity
        return ["claims", *made, *(supplement.name for supplement in self.supplements), *last]

    claims = Claims()
    sensitivity = Sensitivity()

    @property
    def shown(self) -> list[Node]:
        """What the report is made of."""
        drawn = [Figure(name) for name in self.figures]
        return [*self.tables, *self.supplements, self.claims, *drawn, CollectedRows()]

    @cached_property
    def figures(self) -> dict[str, tuple[str, str | None, list[str]]]:
        """Name -> (kind, task, methods) of every figure."""
        return figures(self)

    @cached_property
    def optimised(self) -> list[Translator]:
        """Translators of the first seed that train in iterations."""
        return [
            Translator(task, name, self.seeds[0])
            for task in self.tasks
            for name in self.methods(task)
            if self.instances[name].trained and self.instances[name].optimised
        ]

    @cached_property
    def budgets(self) -> list[dict[str, Any]]:
        """What each trained method of each task is given."""
        rows = []
        for task in self.tasks:
            for name in self.methods(task):
                instance = self.instances[name]
                if not instance.trained:
                    continue
                given = {"iterations": 0, "images per iteration": "–", "images seen": "every target image once"}
                if instance.optimised:
                    iterations, batch = (instance.settings[key] for key in ("iterations", "batch"))
                    seen = iterations * batch
                    given = {"iterations": iterations, "images per iteration": batch, "images seen": seen}
                rows.append({"task": task, "method": instance.label, **given})
        return rows

    @cached_property
    def judged(self) -> dict[str, Any]:
        """What the claims ledger needs to know of the paper's pairs: the task of each, and its sizes."""
        roles = {self.configuration.stands_for(task): task for task in self.tasks}
        roles.pop(None, None)
        return {
            "tasks": roles,
            "resolutions": {role: self.sizes(task) for role, task in roles.items()},
            "procedural": any(self.tasks[task].is_procedural for task in roles.values()),
        }

    @cached_property
    def spoken(self) -> dict[str, str]:
        """Name of a table -> how sentences call it."""
        return {name: spoken(entry) for name, entry in self.entries.items()}

    def table_settings(self, name: str) -> dict[str, Any]:
        """Settings of the job that writes a table."""
        entry = self.entries[name]
        task = entry["task"]
        usual = load_tables(PAPER)["targets"].get(entry["role"]) if entry["number"] and task else None
        target = self.tasks[task].target.reader if task else None
        return {
            **self.common,
            "name": name,
            "spoken": self.spoken[name],
            "entry": entry,
            "resolutions": self.sizes(task) if task else [],
            "procedural": bool(task) and self.tasks[task].is_procedural,
            "other_target": None if usual in (None, target) else [target, usual],
        }
