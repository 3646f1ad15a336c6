"""What a job is to the plan: a typed node with one place in the path grammar, its needs and its settings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from dakpn.plan import Plan
else:
    # Nodes are defined before the plan that is made of them.
    Plan = Any


class File(NamedTuple):
    """One output of a node."""

    node: "Node"
    output: str

    @property
    def path(self) -> str:
        """Path below the run's folder of results."""
        return self.node.place + type(self.node).outputs[self.output]


Needs = dict[str, File | list[File]]


@dataclass(frozen=True, order=True)
class Node:
    """A job of a run. Subclasses are frozen dataclasses whose fields are the wildcards of `folder`.

    rule: name of the rule that runs it; script: of the rule's script, where it is another. folder: pattern of its place
    below the run's folder of results, which is the place of its log too. outputs: name of an
    output -> what follows the place in its path; directories: outputs that are folders; temporary: deleted once used.
    divided: section of the configuration whose `shards` says between how many jobs the work is divided.
    threads: one, half of the cores, all of them, so that nothing runs beside it, or a share, see `threads` below.
    mem_mb, runtime: what the job asks of a cluster, in MB and minutes.
    """

    rule: ClassVar[str]
    folder: ClassVar[str]
    outputs: ClassVar[dict[str, str]]
    script: ClassVar[str] = ""
    directories: ClassVar[tuple[str, ...]] = ()
    temporary: ClassVar[bool] = False
    divided: ClassVar[str] = ""
    gpu: ClassVar[bool] = False
    threads: ClassVar[str] = "one"
    mem_mb: ClassVar[int] = 2000
    runtime: ClassVar[int] = 60

    @property
    def place(self) -> str:
        """`folder` with this node's fields."""
        return self.folder.format(**vars(self))

    @property
    def name(self) -> str:
        """The first of its fields, which is the name of a table or figure."""
        return next(iter(vars(self).values()))

    def file(self, output: str) -> File:
        """One output of this node."""
        return File(self, output)

    def needs(self, plan: Plan) -> Needs:
        """Name of an input -> the output or outputs of other nodes that it is."""
        return {}

    def shards(self, plan: Plan) -> int:
        """Number of jobs that the work is divided between."""
        return getattr(plan.configuration, self.divided).shards if self.divided else 1

    def shares(self, plan: Plan, kind: type["Shard"]) -> Needs:
        """What jobs of `kind` leave to this one, where its work is divided."""
        parts = [kind(**vars(self), shard=shard) for shard in range(self.shards(plan))]
        return {"shares": [part.file("share") for part in parts]} if len(parts) > 1 else {}

    def brought(self, plan: Plan) -> tuple[str, ...]:
        """Paths of files that the user brings and that the job reads, such as translated images."""
        return ()

    def devices(self, plan: Plan) -> int:
        """How many of the run's devices the job takes; only a training takes several."""
        return 1

    def settings(self, plan: Plan) -> dict[str, Any]:
        """What the job computes with beside its inputs, as JSON; a change reruns the job. What is built from a registry
        is described under `translator` or `translators` (see `Plan.translator`) and `section` (a network's).
        """
        return {}

    def registered(self, plan: Plan) -> dict[str, set[str]]:
        """Which entries of the registries (METHODS, SEGMENTERS) the job's settings name: a change of their code reruns
        it, a change of another entry does not. A registry that its script does not use is left out.
        """
        settings = self.settings(plan)
        translators = [settings["translator"]] if "translator" in settings else settings.get("translators", {}).values()
        sections = [built["encoder"] for built in translators if built["encoder"]]
        sections += [settings["section"]] if "section" in settings else []
        networks = {"SEGMENTERS": {section["network"] for section in sections}}
        if translators:
            return {"METHODS": {built["method"] for built in translators}, **networks}
        return networks if sections else {}


class Shard(Node):
    """One of several jobs that share the work of another, which joins what they leave to what it makes alone.

    A kind of them has the other's kind as its second base, and the field `shard`.
    """

    outputs, directories, temporary = {"share": ""}, ("share",), True

    def shares(self, plan: Plan, kind: type["Shard"]) -> Needs:
        return {}

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {**super().settings(plan), "share": {"shard": self.shard, "shards": self.shards(plan)}}


def threads(share: str, cores: int, machine: int, gpus: int) -> int:
    """Threads of a job whose node asks for `share`; cores, gpus: of the run; machine: cores of the machine."""
    # One of its cores for each job that computes: on more threads a small network's jobs take more time together.
    # Beside GPUs an equal part for the job on each of them, and one for all others.
    own = max(1, cores // (gpus + 1 if gpus else machine))
    return {"one": 1, "half": max(1, cores // 2), "share": own, "all": cores}[share]


def beside(*names: str) -> dict[str, str]:
    """Outputs that lie in a folder of the node's own: name without suffix -> "/name"."""
    return {name.partition(".")[0]: f"/{name}" for name in names}


def needed_files(needs: Needs) -> list[File]:
    """All outputs in `needs`, in order."""
    return [file for value in needs.values() for file in (value if isinstance(value, list) else [value])]
