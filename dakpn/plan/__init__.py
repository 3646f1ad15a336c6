"""What a run consists of: a pure function from a validated configuration to typed nodes, their paths and their needs.

Rules, tables, figures, `verify` and the report ask the plan, and so does a reader who wants to know where a number
comes from (`Plan.lineage`). Nothing here reads a result, and nothing imports torch.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from dakpn.config.models import Configuration, Task
from dakpn.config.size import Size
from dakpn.paper import PAPER, load_tables
from dakpn.plan.data import PARTS, DataAudit, Drawn, Pairs, Passport, View
from dakpn.plan.entries import entries, spoken
from dakpn.plan.nodes import File, Needs, Node
from dakpn.plan.results import CollectedRows, Figure, Report, figures, needed_files
from dakpn.plan.scores import Fidelity, Geometry, Score, ShiftCard, Timing
from dakpn.plan.tables import Cell, Claims, SegmenterTable, Sensitivity, Supplement, Table, TimingTable
from dakpn.plan.training import ORACLE, Encoder, Segmenter, Translation, TranslationShard, Translator

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
DIAGNOSTICS = {"shift": ShiftCard, "fidelity": Fidelity, "geometry": Geometry}


class Plan:
    """The jobs of a run and what each is made of.

    configuration: from `dakpn.plan.configure.configure`, which resolves the methods and networks that it names.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.results = f"results/{configuration.run}"
        self.page = f"reports/{configuration.run}/index.html"
        self.seeds = configuration.seeds
        self.instances = configuration.instances
        self.encoders = configuration.encoder_sections
        self.segmenters = configuration.segmenter_sections
        self.switches = configuration.switches

    # What the configuration says about a task.

    def task(self, name: str) -> Task:
        """The section of a task."""
        return self.configuration.tasks[name]

    def methods(self, task: str, ablations: bool = True) -> list[str]:
        """The methods of a task in display order."""
        section, own = self.task(task), self.configuration.run_methods(task)
        chosen = {*own, *(section.ablations if ablations else ())}
        return [name for name in self.instances if name in chosen]

    @property
    def images_only(self) -> list[str]:
        """The methods that have translations of training images only: they can be neither timed nor certified."""
        return [name for name, instance in self.instances.items() if instance.images_only]

    def sizes(self, task: str) -> list[str]:
        """The resolutions of a task, smallest first."""
        return [str(size) for size in sorted(self.task(task).resolutions, key=lambda size: size.area)]

    def resolutions(self, task: str, method: str = ORACLE) -> list[str]:
        """The resolutions that a method is run at, as configured: all, or the first for an ablation."""
        names = [str(size) for size in self.task(task).resolutions]
        return names[:1] if method in self.task(task).ablations else names

    def segmenters_of(self, task: str) -> list[str]:
        """The segmenters of a task, the one of its tables first."""
        return list(self.task(task).segmenters or [next(iter(self.configuration.segmenters))])

    def is_paired(self, task: str) -> bool:
        """Whether the true translation of scenes is known: both data sets of the task are procedural."""
        return self.task(task).source.root is None and self.task(task).target.root is None

    def is_procedural(self, task: str | None = None) -> bool:
        """Whether any data of a task, or of the run, are procedural."""
        tasks = [self.task(task)] if task else self.configuration.tasks.values()
        return any(None in (section.source.root, section.target.root) for section in tasks)

    def scored_options(self, task: str) -> dict[str, str]:
        """Options of the source's reader for the labels of FCN-Scores."""
        identity = self.configuration.evaluation.face_labels == "identity"
        return {"label_map": "identity"} if identity and self.task(task).source.reader == "facesynthetics" else {}

    def has_own_truth(self, task: str) -> bool:
        """Whether FCN-Scores are measured on other images or labels than those that the translator saw."""
        return task in self.configuration.evaluation.splits or bool(self.scored_options(task))

    # What a job computes with.

    def computing(self, node: Node) -> dict[str, Any]:
        """Settings of every job that computes with torch."""
        return {
            "run": self.configuration.run,
            "device": self.configuration.device,
            "checkpoint": f"{self.results}/checkpoints/{node.place}.pt",
        }

    def translator(self, task: str, method: str) -> dict[str, Any]:
        """What a translator is built from."""
        section, instance, domain = self.task(task), self.instances[method], self.encoder_domain(method)
        sizes = {"image_size": section.image_size, "low_size": section.low_size}
        encoder = self.encoders[domain] if domain else None
        return {"method": instance.base, "settings": instance.settings, "encoder": encoder, **sizes}

    def encoder_domain(self, method: str) -> str | None:
        """The domain of a method's encoder, with the switch that changes it; None for a method without."""
        return self.configuration.encoder_domains.get(method)

    def registered(self, *methods: str, networks: Iterable[str] = ()) -> dict[str, set[str]]:
        """Entries of the registries that methods are built from, their encoders' networks and `networks`."""
        domains = filter(None, map(self.encoder_domain, methods))
        encoders = {self.encoders[domain]["network"] for domain in domains}
        return {"METHODS": {self.instances[name].base for name in methods}, "SEGMENTERS": {*encoders, *networks}}

    @staticmethod
    def size(resolution: str) -> Size:
        """ "96x160" -> (96, 160)."""
        return Size.parse(resolution)

    def translator_node(self, task: str, method: str, seed: int) -> Translator:
        """The translator of a seed; a method that is not optimised draws nothing, so one serves all seeds."""
        return Translator(task, method, seed if self.instances[method].optimised else 0)

    def translation(self, task: str, method: str, seed: int) -> Translation:
        """The translation of a seed, see `translator_node`."""
        return Translation(task, method, self.translator_node(task, method, seed).seed)

    # Tables, figures and the report.

    @cached_property
    def labels(self) -> dict[str, str]:
        """How methods are printed, in display order."""
        return {name: instance.label for name, instance in self.instances.items()} | {ORACLE: "Target"}

    @cached_property
    def segmenter_labels(self) -> dict[str, str]:
        """How segmenters are printed."""
        return self.configuration.segmenter_labels

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
    def timing_task(self) -> str:
        """Task whose views feed the timed iterations."""
        return self.configuration.timing.task or next(iter(self.configuration.tasks))

    @cached_property
    def timed(self) -> list[str]:
        """Methods of the table of computation that this run has."""
        rows = (row["method"] for entry in self.entries.values() if entry["kind"] == "timing" for row in entry["rows"])
        return [name for name in rows if name in self.instances and not self.instances[name].images_only]

    @cached_property
    def tables(self) -> list[Table | TimingTable | SegmenterTable]:
        """Every table of methods."""
        found = [TimingTable(n) if entry["kind"] == "timing" else Table(n) for n, entry in self.entries.items()]
        return found + [SegmenterTable(task) for task in self.configuration.tasks if len(self.segmenters_of(task)) > 1]

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
        main = {task: (self.sizes(task)[-1], self.segmenters_of(task)[0]) for task in self.configuration.tasks}
        chosen = (s for s in self.all_scores if s.kind == "segmentation")
        return [s for s in chosen if (s.resolution, s.segmenter) == main[s.task]]

    def diagnostics(self, kind: str) -> list[File]:
        """Rows of a diagnostic of every task on which it can be made."""
        tasks = [task for task in self.configuration.tasks if self.is_paired(task)]
        if kind == "shift":
            tasks = [task for task in tasks if "identity" in self.methods(task)]
        else:
            tasks = [task for task in tasks if set(self.methods(task)) - set(self.images_only)]
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
            for task in self.configuration.tasks
            for name in self.methods(task)
            if self.instances[name].trained and self.instances[name].optimised
        ]

    @cached_property
    def budgets(self) -> list[dict[str, Any]]:
        """What each trained method of each task is given."""
        rows = []
        for task in self.configuration.tasks:
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
    def common(self) -> dict[str, Any]:
        """Settings of every job after the confusion stores."""
        return {"run": self.configuration.run, "protocol": self.configuration.protocol, "labels": self.labels}

    @cached_property
    def judged(self) -> dict[str, Any]:
        """What the claims ledger needs to know of the paper's pairs: the task of each, and its sizes."""
        roles = {self.configuration.stands_for(task): task for task in self.configuration.tasks}
        roles.pop(None, None)
        return {
            "tasks": roles,
            "resolutions": {role: self.sizes(task) for role, task in roles.items()},
            "procedural": any(self.is_procedural(task) for task in roles.values()),
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
        target = self.task(task).target.reader if task else None
        return {
            **self.common,
            "name": name,
            "spoken": self.spoken[name],
            "entry": entry,
            "resolutions": self.sizes(task) if task else [],
            "procedural": bool(task) and self.is_procedural(task),
            "other_target": None if usual in (None, target) else [target, usual],
        }

    # The graph.

    def trained_for(self, score: Score) -> list[Node]:
        """Every trained network that a score rests on, without encoders."""
        nodes: list[Node] = [score.network]
        if score.method != ORACLE and self.instances[score.method].trained:
            nodes.append(self.translator_node(score.task, score.method, score.seed))
        return nodes

    @cached_property
    def jobs(self) -> list[Node]:
        """Every job of the target `all`, each after what it needs."""
        return self.upstream(Report(), CollectedRows())

    def upstream(self, *nodes: Node) -> list[Node]:
        """`nodes` and all that they need, each after its needs."""
        found: dict[Node, None] = {}

        def visit(node: Node) -> None:
            if node not in found:
                for file in needed_files(node.needs(self)):
                    visit(file.node)
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
        scores = [*self.all_scores, *(file.node for kind in DIAGNOSTICS for file in self.diagnostics(kind))]
        return sorted((node for node in self.upstream(*scores) if "cost" in type(node).outputs), key=lambda n: n.place)

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
                for needed in dict.fromkeys(file.node for file in needed_files(node.needs(self))):
                    yield from visit(needed, depth + 1)

        for source in cell.sources if isinstance(cell, Cell) else (cell,):
            yield from visit(source, 0)

    @property
    def kept(self) -> Needs:
        """What of a finished run is kept as a reference: tables, figures, rows, confusion stores and provenance;
        neither weights nor images.
        """
        report, rows = Report(), CollectedRows()
        shown = {
            name: files for name, files in report.needs(self).items() if name in ("tables", "supplements", "claims")
        }
        return {
            **shown,
            "figures": report.needs(self)["figures"],
            "rows": [rows.file(name) for name in type(rows).outputs],
            "stores": [score.file("confusion") for score in self.all_scores],
            "provenance": report.file("provenance"),
        }

    # What rules ask.

    @property
    def wildcards(self) -> dict[str, str]:
        """Pattern of every wildcard: a name that the run does not have matches no rule."""
        tasks, drawn = self.configuration.tasks, {Drawn(*made) for made in self._drawn()}
        names = {
            "task": tasks,
            "method": self.labels,
            "domain": self.encoders,
            "part": [*PARTS, "source-scored", "paired-source", "paired-target"],
            "segmenter": self.segmenters,
            "kind": ("segmentation", "fcn_score"),
            "table": (table.name for table in self.tables if isinstance(table, Table)),
            "timing_table": (table.name for table in self.tables if isinstance(table, TimingTable)),
            "supplement": (table.name for table in self.supplements),
            "figure": self.figures,
            "dataset": {node.dataset for node in drawn},
        }
        # A name that nothing has matches nothing.
        patterns = {name: "|".join(sorted(map(str, values))) or "(?!)" for name, values in names.items()}
        return patterns | {"resolution": r"\d+x\d+", "size": r"\d+x\d+", "seed": r"\d+", "shard": r"\d+"}

    def _drawn(self) -> Iterator[tuple[str, str]]:
        for task in self.configuration.tasks.values():
            for section in (task.source, task.target):
                if section.root is None:
                    yield section.reader, str(task.image_size)

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
