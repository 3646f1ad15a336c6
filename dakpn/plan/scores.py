"""Nodes of what is measured: scores, diagnostics on held-out scenes, and timings."""

from dataclasses import dataclass
from typing import Any

from dakpn.plan.data import View
from dakpn.plan.nodes import Needs, Node, Plan, Shard, beside
from dakpn.plan.training import ORACLE, Segmenter


class _Measured(Node):
    """What is measured with a segmenter, which subclasses give as `network(plan)`."""

    gpu, threads, mem_mb, runtime = True, "share", 8000, 480

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {**self.network(plan).settings(plan), **plan.computing(self)}


@dataclass(frozen=True, order=True)
class Score(_Measured):
    """Confusion matrices of one segmenter on one set of images.

    segmentation: the method's own segmenter on the target's validation images (paper 4.1). fcn_score: the oracle, as
    the judge, on the method's translations. held_out: the method's own segmenter on its translations of held-out scenes
    of the source, by the source's labels.
    """

    kind: str
    task: str
    method: str
    resolution: str
    segmenter: str
    seed: int
    replicate: int = 0

    rule, folder = "score", "score/{kind}/{task}/{method}/{resolution}/{segmenter}/seed{seed}/replicate{replicate}"
    outputs = beside("scores.csv", "classes.csv", "confusion.npz", "predictions.npz", "cost.json")
    divided = "evaluation"

    def network(self, plan: Plan) -> Segmenter:
        method = ORACLE if self.kind == "fcn_score" else self.method
        return Segmenter(self.task, method, self.resolution, self.segmenter, self.seed, self.replicate)

    def needs(self, plan: Plan) -> Needs:
        read = {"weights": self.network(plan).file("weights"), **self.shares(plan, ScoreShard)}
        target = View(self.task, "target-validation").file("view")
        if self.kind == "segmentation":
            return {**read, "view": target}
        translation = plan.translation(self.task, self.method, self.seed)
        if self.kind == "held_out":
            shown = {"view": View(self.task, "paired-source").file("view"), "translated": translation.file("paired")}
            return {**read, "target": target, **shown}
        # The target's label space says what is scored, whatever the source's own one scores.
        needs = {**read, "view": translation.file("view"), "target": target}
        if self.task in plan.configuration.evaluation.splits or plan.scored_options(self.task):
            # Other images or labels than those that the translator saw.
            needs["truth"] = View(self.task, "source-scored").file("view")
        return needs

    def settings(self, plan: Plan) -> dict[str, Any]:
        evaluation, source = plan.configuration.evaluation, plan.tasks[self.task].source
        road = self.kind == "fcn_score" and source.reader == "gta5" and evaluation.void == "road"
        how = {"resize": evaluation.resize, "void": "road" if road else "ignored"}
        return {**super().settings(plan), "evaluation": how}


@dataclass(frozen=True, order=True)
class ScoreShard(Shard, Score):
    """Confusion matrices of some of a score's images."""

    shard: int = 0

    rule, folder, script = "score_shard", f"shards/{{shard}}/{Score.folder}", "score"


@dataclass(frozen=True, order=True)
class _OnPairs(_Measured):
    """A measurement on held-out scenes that both renderers drew, of every method that can translate them."""

    task: str
    seed: int

    def network(self, plan: Plan) -> Segmenter:
        """The judge: the oracle at the first resolution."""
        first = plan.resolutions(self.task)[0]
        return Segmenter(self.task, ORACLE, first, plan.segmenters_of(self.task)[0], self.seed)

    def methods(self, plan: Plan) -> list[str]:
        """The methods that are measured."""
        instances = ((name, plan.instances[name]) for name in plan.methods(self.task))
        return [name for name, instance in instances if not (instance.images_only or instance.segmenter)]

    def needs(self, plan: Plan) -> Needs:
        translations = (plan.translation(self.task, method, self.seed) for method in self.methods(plan))
        return {
            "source": View(self.task, "paired-source").file("view"),
            "target": View(self.task, "paired-target").file("view"),
            "translations": [translation.file("paired") for translation in translations],
            "judge": self.network(plan).file("weights"),
        }

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {**super().settings(plan), "methods": self.methods(plan)}


@dataclass(frozen=True, order=True)
class Fidelity(_OnPairs):
    """Translations of held-out scenes against the true rendering."""

    rule, folder, outputs = "fidelity", "score/fidelity/{task}/seed{seed}", beside("fidelity.csv", "cost.json")


@dataclass(frozen=True, order=True)
class Geometry(_OnPairs):
    """Whether a method moves or renames what held-out scenes show."""

    rule, folder = "geometry", "score/geometry/{task}/seed{seed}"
    outputs = beside("geometry.csv", "maps.npz", "cost.json")

    def _trained(self, plan: Plan) -> dict[str, dict[str, Node]]:
        """weights, encoders -> method -> the node whose weights are read."""
        trained = [name for name in self.methods(plan) if plan.instances[name].trained]
        translators = {name: plan.translator_node(self.task, name, self.seed) for name in trained}
        encoders = {name: translator.encoder(plan) for name, translator in translators.items()}
        return {"weights": translators, "encoders": {name: node for name, node in encoders.items() if node}}

    def needs(self, plan: Plan) -> Needs:
        trained = self._trained(plan).items()
        files = {name: [node.file("weights") for node in dict.fromkeys(nodes.values())] for name, nodes in trained}
        return {**super().needs(plan), **files}

    def settings(self, plan: Plan) -> dict[str, Any]:
        translators = {name: plan.translator(self.task, name) for name in self.methods(plan)}
        paths = {
            name: {method: plan.path(node.file("weights")) for method, node in nodes.items()}
            for name, nodes in self._trained(plan).items()
        }
        return {**super().settings(plan), "translators": translators, **paths}


@dataclass(frozen=True, order=True)
class ShiftCard(_Measured):
    """What each part of the procedural domain shift costs a segmenter trained on untranslated source images."""

    task: str
    seed: int

    rule, folder, outputs = "shift_card", "score/shift/{task}/seed{seed}", beside("shift.csv", "cost.json")

    def network(self, plan: Plan) -> Segmenter:
        """The segmenter of the untranslated source at the last resolution."""
        last = plan.resolutions(self.task)[-1]
        return Segmenter(self.task, "identity", last, plan.segmenters_of(self.task)[0], self.seed)

    def needs(self, plan: Plan) -> Needs:
        return {"weights": self.network(plan).file("weights")}

    def settings(self, plan: Plan) -> dict[str, Any]:
        task, amount = plan.tasks[self.task], plan.configuration.procedural
        scenes = {"reader": task.source.reader, "size": task.image_size, "scenes": amount.shift}
        return {**super().settings(plan), **scenes, "scene_seed": amount.seed}


@dataclass(frozen=True, order=True)
class Timing(Node):
    """Parameters, times and memory of one method (Table 2)."""

    method: str

    rule, folder, outputs = "timing", "timing/{method}", {"rows": ".csv"}
    gpu, threads, mem_mb = True, "all", 16000

    def needs(self, plan: Plan) -> Needs:
        return {d: View(plan.timing_task, f"{d}-train").file("view") for d in ("source", "target")}

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {
            **plan.computing(self),
            "timing": plan.configuration.timing.model_dump(mode="json") | {"task": plan.timing_task},
            "translator": plan.translator(plan.timing_task, self.method),
            "paper": plan.configuration.paper_settings[self.method],
        }

    def registered(self, plan: Plan) -> dict[str, set[str]]:
        registered = super().registered(plan)
        # Parameters are counted with the paper's encoder.
        return {**registered, "SEGMENTERS": registered["SEGMENTERS"] | {"fcn_resnet50"}}
