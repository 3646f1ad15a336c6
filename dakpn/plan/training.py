"""Nodes of what is trained, and of translations."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dakpn.config.size import Size
from dakpn.plan.data import VIEW, View
from dakpn.plan.nodes import Needs, Node, Plan, Shard, beside

ORACLE = "oracle"
"""Stands where a method stands: the segmenter that is trained on the target's own labels, and judges FCN-Scores."""
REPLICATE = 1_000_003
"""Distance of the segmenters' seeds from one replicate to the next: no two draws of a run are the same."""
TRAINED = beside("weights.safetensors", "history.csv", "cost.json")


def shared(plan: Plan, section: Mapping[str, Any]) -> int:
    """Devices of a training with this section: as many of the run's as divide its batch."""
    return math.gcd(plan.configuration.devices, section.get("batch", 1))


@dataclass(frozen=True, order=True)
class Encoder(Node):
    """The semantic encoder of DA-KPN, trained alone at low resolution on labels of one domain (paper 3.3).

    domain: source or target, and behind a dash the switch that changes its section, if any.
    """

    task: str
    domain: str
    seed: int

    rule, folder, outputs = "encoder", "encoder/{task}/{domain}/seed{seed}", TRAINED
    script, gpu, threads, mem_mb, runtime = "segmenter", True, "share", 8000, 1440

    def needs(self, plan: Plan) -> Needs:
        return {"view": View(self.task, f"{self.domain.partition('-')[0]}-train").file("view")}

    def devices(self, plan: Plan) -> int:
        return shared(plan, plan.encoders[self.domain])

    def settings(self, plan: Plan) -> dict[str, Any]:
        size = plan.tasks[self.task].low_size
        section = plan.encoders[self.domain]
        return {**plan.computing(self), "section": section, "resolution": size, "seed": self.seed}


@dataclass(frozen=True, order=True)
class _OfMethod(Node):
    task: str
    method: str
    seed: int

    def encoder(self, plan: Plan) -> Encoder | None:
        """The pretrained encoder that the method asks for, if any."""
        domain = plan.encoder_domains.get(self.method)
        return Encoder(self.task, domain, self.seed) if domain else None

    def needs(self, plan: Plan) -> Needs:
        encoder = self.encoder(plan)
        return {"encoder": encoder.file("weights")} if encoder else {}

    def brought(self, plan: Plan) -> tuple[str, ...]:
        instance = plan.instances[self.method]
        return instance.translator.files(instance.translator.Config(**instance.settings))

    def settings(self, plan: Plan) -> dict[str, Any]:
        return {**plan.computing(self), "translator": plan.translator(self.task, self.method)}


@dataclass(frozen=True, order=True)
class Translator(_OfMethod):
    """A trained translation method; `fit` of a method that is not optimised draws nothing, so its seed is always 0."""

    rule, folder, outputs = "translator", "translator/{task}/{method}/seed{seed}", TRAINED
    gpu, threads, mem_mb, runtime = True, "share", 16000, 7200

    def needs(self, plan: Plan) -> Needs:
        views = {domain: View(self.task, f"{domain}-train").file("view") for domain in ("source", "target")}
        return {**views, **super().needs(plan)}

    def devices(self, plan: Plan) -> int:
        return shared(plan, plan.instances[self.method].settings)


class _Translating(_OfMethod):
    gpu, threads, mem_mb, runtime, divided = True, "share", 8000, 1440, "translation"

    def needs(self, plan: Plan) -> Needs:
        needs = {"source": View(self.task, "source-train").file("view"), **super().needs(plan)}
        if plan.instances[self.method].trained:
            needs["weights"] = plan.translator_node(self.task, self.method, self.seed).file("weights")
        return needs


@dataclass(frozen=True, order=True)
class TranslationShard(Shard, _Translating):
    """Translations of some images of a training set."""

    shard: int

    rule, folder = "translation_shard", "shards/{shard}/translation/{task}/{method}/seed{seed}"


@dataclass(frozen=True, order=True)
class Translation(_Translating):
    """The translated training set, the translated held-out scenes, and samples for figures."""

    rule, folder, directories = "translation", "translation/{task}/{method}/seed{seed}", ("images",)
    outputs = {
        **{f"view_{name}" if name != "view" else name: f"/view{ending}" for name, ending in VIEW.items()},
        **beside("images", "samples.npz", "paired.npz", "cost.json"),
    }

    def needs(self, plan: Plan) -> Needs:
        needs = {**super().needs(plan), **self.shares(plan, TranslationShard)}
        if plan.tasks[self.task].is_paired and not plan.instances[self.method].images_only:
            needs["paired"] = View(self.task, "paired-source").file("view")
        return needs


@dataclass(frozen=True, order=True)
class Segmenter(Node):
    """A downstream segmenter (paper 4.1), trained on a method's translations or, as the oracle, on the target."""

    task: str
    method: str
    resolution: str
    segmenter: str
    seed: int
    replicate: int = 0

    rule, folder = "segmenter", "segmenter/{task}/{method}/{resolution}/{segmenter}/seed{seed}/replicate{replicate}"
    outputs = TRAINED
    gpu, threads, mem_mb, runtime = True, "share", 16000, 4320

    def needs(self, plan: Plan) -> Needs:
        target = View(self.task, "target-train").file("view")
        translated = self.method != ORACLE and plan.translation(self.task, self.method, self.seed)
        needs = {"view": translated.file("view") if translated else target}
        return {**needs, "target": target} if self.section(plan)["statistics"] == "target" else needs

    def devices(self, plan: Plan) -> int:
        return shared(plan, self.section(plan))

    def section(self, plan: Plan) -> dict[str, Any]:
        """The segmenter's section with what the method changes in it."""
        changes = {} if self.method == ORACLE else plan.instances[self.method].segmenter
        return {**plan.segmenters[self.segmenter], **changes}

    def settings(self, plan: Plan) -> dict[str, Any]:
        section, size = self.section(plan), Size.parse(self.resolution)
        # One draw of weights, order and flips for every method of a (seed, replicate): differences are paired.
        seed = self.seed + REPLICATE * self.replicate
        return {**plan.computing(self), "section": section, "resolution": size, "seed": seed}
