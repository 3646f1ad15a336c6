"""What a run consists of: a pure function from a validated configuration to typed nodes, their paths and their needs.

Rules, tables, figures, `verify` and the report ask the plan, and so does a reader who wants to know where a number
comes from (`Plan.lineage`). Nothing here reads a result, and nothing imports torch.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from dakpn.config.models import Configuration
from dakpn.plan.contents import Contents
from dakpn.plan.data import PARTS, DataAudit, Drawn, Pairs, Passport, View
from dakpn.plan.nodes import File, Needs, Node
from dakpn.plan.results import CollectedRows, Figure, Report
from dakpn.plan.scores import Fidelity, Geometry, Score, ShiftCard, Timing
from dakpn.plan.tables import Cell, Claims, SegmenterTable, Sensitivity, Supplement, Table, TimingTable
from dakpn.plan.training import Encoder, Segmenter, Translation, TranslationShard, Translator

NODES = (
    Drawn,
    Pairs,
    Passport,
    DataAudit,
    View,
    Encoder,
    Translator,
    TranslationShard,
    Translation,
    Segmenter,
    Score,
    Fidelity,
    Geometry,
    ShiftCard,
    Timing,
    Table,
    TimingTable,
    SegmenterTable,
    Supplement,
    Claims,
    Sensitivity,
    Figure,
    CollectedRows,
    Report,
)
"""Every kind of job, in the order of the workflow."""


class Plan(Contents):
    """The jobs of a run and what each is made of."""

    @cached_property
    def jobs(self) -> list[Node]:
        """Every job of the target `all`, each after what it needs."""
        return self.upstream(Report(), CollectedRows())

    def upstream(self, *nodes: Node) -> list[Node]:
        """`nodes` and all that they need, each after its needs."""
        found: dict[Node, None] = {}

        def visit(node: Node) -> None:
            if node not in found:
                for needed in node.needed(self):
                    visit(needed)
                found[node] = None

        for node in nodes:
            visit(node)
        return list(found)

    def counts(self, *nodes: Node) -> Counter[str]:
        """Rule -> number of its jobs, of `all` or of what `nodes` need."""
        return Counter(node.rule for node in (self.upstream(*nodes) if nodes else self.jobs))

    @cached_property
    def costly(self) -> list[Node]:
        """Jobs that leave a record of what they cost."""
        diagnosed = (file.node for kind in ("shift", "fidelity", "geometry") for file in self.diagnostics(kind))
        measured = self.upstream(*self.all_scores, *diagnosed)
        return sorted((node for node in measured if "cost" in node.outputs), key=lambda node: node.place)

    @cached_property
    def cells(self) -> list[Cell]:
        """Every measured number of the tables."""
        tables = (table for table in self.tables if not isinstance(table, SegmenterTable))
        return [cell for table in tables for cell in table.cells(self)]

    def lineage(self, cell: Cell | Node) -> Iterator[tuple[int, Node]]:
        """Why a number is what it is: (depth, node) from the jobs that the cell is computed from down to the data.

        A node that was named before is named again, but what it needs is not.
        """
        seen: set[Node] = set()

        def visit(node: Node, depth: int) -> Iterator[tuple[int, Node]]:
            yield depth, node
            if node not in seen:
                seen.add(node)
                for needed in node.needed(self):
                    yield from visit(needed, depth + 1)

        for source in cell.sources if isinstance(cell, Cell) else (cell,):
            yield from visit(source, 0)

    @property
    def kept(self) -> Needs:
        """What of a finished run is kept as a reference: tables, figures, rows, confusion stores and provenance;
        neither weights nor images.
        """
        report, rows = Report(), CollectedRows()
        return {
            **{name: report.needs(self)[name] for name in ("tables", "supplements", "claims", "figures")},
            "rows": [rows.file(name) for name in rows.outputs],
            "stores": [score.file("confusion") for score in self.all_scores],
            "provenance": report.file("provenance"),
        }

    @property
    def wildcards(self) -> dict[str, str]:
        """Pattern of every wildcard: a name that the run does not have matches no rule."""
        names = {
            "task": self.tasks,
            "method": self.labels,
            "domain": self.encoders,
            "part": [*PARTS, "source-scored", "paired-source", "paired-target"],
            "segmenter": self.segmenters,
            "kind": ("segmentation", "fcn_score"),
            "table": (table.name for table in self.tables if isinstance(table, Table)),
            "timing_table": (table.name for table in self.tables if isinstance(table, TimingTable)),
            "supplement": (table.name for table in self.supplements),
            "figure": self.figures,
            "dataset": {section.reader for task in self.tasks.values() for section in (task.source, task.target)},
        }
        # A name that nothing has matches nothing.
        patterns = {name: "|".join(sorted(map(str, values))) or "(?!)" for name, values in names.items()}
        return patterns | {"resolution": r"\d+x\d+", "size": r"\d+x\d+", "seed": r"\d+", "shard": r"\d+"}

    def path(self, file: File) -> str:
        """Path of an output, relative to the working folder."""
        return f"{self.results}/{file.path}"

    def paths(self, needs: Needs) -> dict[str, str | list[str]]:
        """Paths of needs, as input functions give them."""
        return {
            name: [self.path(file) for file in value] if isinstance(value, list) else self.path(value)
            for name, value in needs.items()
        }


def plan(configuration: Configuration) -> Plan:
    """The plan of a validated configuration."""
    return Plan(configuration)
