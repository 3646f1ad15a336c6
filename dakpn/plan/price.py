"""What jobs are to the price of a run: which do the same, how much each does, and what it leaves on the disk."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any

from dakpn.config.models import SAMPLES
from dakpn.data import READERS
from dakpn.data.sections import label_space_of
from dakpn.efficiency.price import START, Job, by_experience, by_trial
from dakpn.errors import InputError
from dakpn.plan.claims import Claims
from dakpn.plan.data import Drawn, Pairs, View
from dakpn.plan.nodes import Node, Plan, Shard, needed_files, threads
from dakpn.plan.scores import Fidelity, Geometry, Score, ShiftCard, Timing
from dakpn.plan.tables import OfScores, Supplement
from dakpn.plan.training import Encoder, Segmenter, Translation, TranslationShard, Translator

PNG, LABEL_PNG = 2.0, 0.1
"""Bytes per pixel of a PNG file of a photograph-like image, and of its labels."""
OTHER = 400_000
"""Bytes that tables, figures and scores of one job take."""
JOINED = {"view": 0.2, "translation": 0.2, "score": 0.05}
"""Rule -> what joining the shares of its shards takes of the work of all of them."""
PAIRED = ("paired-source", "paired-target")


@dataclass(frozen=True, order=True)
class Trial(Node):
    """Some iterations and images of one kind of job on invented data, timed for the target `price`.

    of: place of one job of that kind.
    """

    of: str

    rule, folder, outputs = "trial", "price/{of}", {"trial": ".json"}
    gpu, threads, mem_mb, temporary = True, "share", 16000, True

    def settings(self, plan: Plan) -> dict[str, Any]:
        node = next(node for node in kinds(plan).values() if node.place == self.of)
        task = plan.tasks[getattr(node, "task", plan.timing_task)]
        about = {"kind": node.rule, "image_size": task.image_size, "low_size": task.low_size}
        return {
            **node.settings(plan),
            **plan.computing(self),
            **about,
            "label_space": label_space_of(task.source).to_dict(),
        }


@cache
def kinds(plan: Plan) -> dict[str, Node]:
    """Key of a kind of job that is tried -> the first such job of the target `all`."""
    found: dict[str, Node] = {}
    for node in plan.jobs:
        if key := kind(node, plan):
            found.setdefault(key, node)
    return found


def kind(node: Node, plan: Plan) -> str:
    """The same for jobs that differ in their amount of work and seed alone; empty for those that are not tried."""
    if isinstance(node, Encoder | Segmenter | Translator | Timing):
        name = "network" if isinstance(node, Encoder | Segmenter) else node.rule
    elif isinstance(node, Translation | TranslationShard):
        if plan.instances[node.method].images_only:
            return ""
        name = "translation"
    else:
        return ""
    task = getattr(node, "task", plan.timing_task)
    own = {key: value for key, value in node.settings(plan).items() if key not in ("checkpoint", "seed", "share")}
    return json.dumps([name, task, _without_iterations(own)], sort_keys=True, default=str)


def tried_as(node: Node, plan: Plan) -> str:
    """`kind` of the job whose trial tells the price of `node`: of a score, that of its segmenter."""
    return kind(node.network(plan) if isinstance(node, Score) else node, plan)


def share(node: Node, plan: Plan) -> float:
    """The part that a job does of the work of its kind, of which shards do equal parts."""
    shards = node.shards(plan)
    return 1 / shards if isinstance(node, Shard) or shards == 1 else JOINED[node.rule]


def work(node: Node, plan: Plan) -> dict[str, float]:
    """What a job that is tried does: images that its training is set up with, steps, and images that it runs over."""
    if isinstance(node, Encoder | Segmenter):
        section = node.settings(plan)["section"]
        adapted = count(plan, node.task, "target-train") if section["statistics"] == "target" else 0
        return {"step": section["iterations"], "image": adapted}
    if isinstance(node, Translator):
        iterations = node.settings(plan)["translator"]["settings"].get("iterations", 0)
        return {
            "setup": sum(count(plan, node.task, f"{domain}-train") for domain in ("source", "target")),
            "step": iterations,
        }
    if isinstance(node, Translation | TranslationShard):
        images = share(node, plan) * count(plan, node.task, "source-train")
        if isinstance(node, Shard):
            return {"image": images}
        held_out = count(plan, node.task, PAIRED[0]) if plan.tasks[node.task].is_paired else 0
        return {"image": images + held_out + SAMPLES}
    if isinstance(node, Score):
        return {"image": share(node, plan) * count(plan, node.task, _scored(node))}
    return {"timing": 1}


def amount(node: Node, plan: Plan) -> float:
    """How much a job does that is not tried: megapixels of images or number of stores, 1 where all do the same."""
    if isinstance(node, Drawn):
        drawn = plan.configuration.procedural
        return math.prod(map(int, node.size.split("x"))) / 1e6 * (drawn.train + drawn.validation)
    if isinstance(node, OfScores | Supplement | Claims):
        return len(node.needs(plan).get("stores", ()))
    if not isinstance(node, Pairs | View | Fidelity | Geometry | ShiftCard):
        return 1
    megapixels = plan.tasks[node.task].image_size.area / 1e6
    if isinstance(node, Pairs):
        return megapixels * 2 * plan.configuration.procedural.paired
    if isinstance(node, View):
        return megapixels * share(node, plan) * count(plan, node.task, node.part)
    if isinstance(node, ShiftCard):
        return megapixels * plan.configuration.procedural.shift
    return megapixels * len(node.methods(plan)) * count(plan, node.task, PAIRED[0])


def disk(node: Node, plan: Plan, trial: Mapping[str, float] | None) -> float:
    """Bytes that a job leaves, about; trial: what the trial of its kind found, for the size of weights."""
    if isinstance(node, Drawn):
        return 1e6 * amount(node, plan) * (PNG + LABEL_PNG)
    if isinstance(node, Encoder | Segmenter | Translator):
        return (trial or {}).get("bytes", OTHER)
    if not isinstance(node, Pairs | View | Translation | Shard):
        return OTHER
    if isinstance(node, Shard) and not isinstance(node, View):
        return 0.0  # moved or small
    task = plan.tasks[node.task]
    full, low = task.image_size.area, task.low_size.area
    if isinstance(node, Pairs):
        return 1e6 * amount(node, plan) * (PNG + LABEL_PNG)
    if isinstance(node, View):
        # Those of shards lie beside the whole until it is joined.
        part = share(node, plan) if isinstance(node, Shard) else 1.0
        return part * count(plan, node.task, node.part) * 4 * (full + low)
    # Labels of translations are links.
    return count(plan, node.task, "source-train") * (PNG * full + 3 * (full + low))


def count(plan: Plan, task: str, part: str) -> int:
    """Images of a part of a task's data; of a data set that is not there, as many as its release has.

    Raises InputError for one that neither is there nor has a release.
    """
    node, drawn = View(task, part), plan.configuration.procedural
    if node.made(plan):
        return drawn.paired if part in PAIRED else drawn.validation if part == "target-validation" else drawn.train
    return _on_disk(*(json.dumps(value) for value in node.data(plan).values()))


@cache
def _on_disk(reader: str, root: str, options: str, split: str, limit: str) -> int:
    reader, root, options, split, limit = map(json.loads, (reader, root, options, split, limit))
    try:
        found = len(READERS[reader](root, split, **options))
    except InputError:
        found = READERS[reader].official.get(split) or sum(READERS[reader].official.values())
        if not found:
            raise
    return min(found, limit or found)


def jobs_of(
    plan: Plan,
    waiting: Collection[str],
    trials: Mapping[str, Mapping[str, float]],
    spans: Mapping[Node, float],
    *,
    cores: int,
    gpus: int,
) -> list[Job]:
    """The priced jobs of the target `all` one of whose outputs is in `waiting` (paths), in the order of the plan.

    trials: kind of a job -> what its trial found. spans: seconds of finished jobs; a record of the same kind counts
    more than a trial. cores, gpus: what the run has.
    """
    speed = median(trial["speed"] for trial in trials.values()) if trials else 1.0
    load = {node: sum(work(node, plan).values()) if tried_as(node, plan) else amount(node, plan) for node in plan.jobs}
    known: dict[tuple[str, str], list[Node]] = {}
    for node in spans:
        known.setdefault(likeness(node, plan), []).append(node)
    jobs = []
    for node in plan.jobs:
        if not any(plan.path(node.file(name)) in waiting for name in type(node).outputs):
            continue
        like, trial = known.get(likeness(node, plan), []), trials.get(tried_as(node, plan))
        if like:
            each = sum(spans[other] - START for other in like) / max(1e-9, sum(load[other] for other in like))
            seconds, basis = START + max(0.0, each) * load[node], "record"
        elif trial:
            seconds, basis = by_trial(work(node, plan), trial), "trial"
        else:
            seconds, basis = by_experience(node.rule, load[node], speed), "experience"
        needs = tuple(sorted({file.node.place for file in needed_files(node.needs(plan))}))
        own = threads(node.threads, cores, cores, gpus)
        left = disk(node, plan, trial)
        jobs.append(
            Job(node.place, node.rule, needs, own, min(gpus, node.gpu * node.devices(plan)), seconds, basis, left)
        )
    return jobs


def likeness(node: Node, plan: Plan) -> tuple[str, str]:
    """The same for jobs whose records tell the price of each other."""
    return node.rule, tried_as(node, plan)


def _scored(node: Score) -> str:
    return {"segmentation": "target-validation", "held_out": PAIRED[0]}.get(node.kind, "source-train")


def _without_iterations(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_iterations(own) for key, own in value.items() if key != "iterations"}
    return value
