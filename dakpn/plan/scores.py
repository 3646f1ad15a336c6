"""Nodes of what is measured: scores, diagnostics on held-out scenes, and timings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dakpn.plan.data import View
from dakpn.plan.nodes import Needs, Node, beside
from dakpn.plan.training import ORACLE, Segmenter, Translator

if TYPE_CHECKING:
    from dakpn.plan import Plan


@dataclass(frozen=True, order=True)
class Score(Node):
    """Confusion matrices of one segmenter on one set of images.

    segmentation: the method's own segmenter on the target's validation images (paper 4.1). fcn_score: the oracle, as
    the judge, on the method's translations.
    """

    kind: str
    task: str
    method: str
    resolution: str
    segmenter: str
    seed: int

    rule, folder = "score", "score/{kind}/{task}/{method}/{resolution}/{segmenter}/seed{seed}"
    outputs = beside("scores.csv", "classes.csv", "confusion.npz", "predictions.npz", "cost.json")
    gpu, threads, mem_mb, runtime = True, "half", 8000, 480

    @property
    def network(self) -> Segmenter:
        """The segmenter that is run."""
        method = ORACLE if self.kind == "fcn_score" else self.method
        return Segmenter(self.task, method, self.resolution, self.segmenter, self.seed)

    def needs(self, plan: "Plan") -> Needs:
        needs = {"weights": self.network.file("weights"), "view": View(self.task, "target-validation").file("view")}
        if self.kind == "fcn_score":
            needs["view"] = plan.translation(self.task, self.method, self.seed).file("view")
            # Its label space says what is scored, whatever the source's own one scores.
            needs["target"] = View(self.task, "target-validation").file("view")
            if plan.has_own_truth(self.task):
                needs["truth"] = View(self.task, "source-scored").file("view")
        return needs

    def settings(self, plan: "Plan") -> dict[str, Any]:
        evaluation, source = plan.configuration.evaluation, plan.task(self.task).source
        road = self.kind == "fcn_score" and source.reader == "gta5" and evaluation.void == "road"
        return {
            **plan.computing(self),
            "section": plan.segmenters[self.segmenter],
            "resolution": plan.size(self.resolution),
            "evaluation": {"resize": evaluation.resize, "void": "road" if road else "ignored"},
            "samples": plan.configuration.report.samples,
        }

    def registered(self, plan: "Plan") -> dict[str, set[str]]:
        return self.network.registered(plan)


@dataclass(frozen=True, order=True)
class _OnPairs(Node):
    """A measurement on held-out scenes that both renderers drew, of every method that can translate them."""

    task: str
    seed: int

    def judge(self, plan: "Plan") -> Segmenter:
        """The oracle at the first resolution."""
        first = plan.resolutions(self.task)[0]
        return Segmenter(self.task, ORACLE, first, plan.segmenters_of(self.task)[0], self.seed)

    def methods(self, plan: "Plan") -> list[str]:
        """The methods that are measured."""
        return [name for name in plan.methods(self.task) if not plan.instances[name].images_only]

    def needs(self, plan: "Plan") -> Needs:
        translations = (plan.translation(self.task, method, self.seed) for method in self.methods(plan))
        return {
            "source": View(self.task, "paired-source").file("view"),
            "target": View(self.task, "paired-target").file("view"),
            "translations": [translation.file("paired") for translation in translations],
            "judge": self.judge(plan).file("weights"),
        }

    def settings(self, plan: "Plan") -> dict[str, Any]:
        judge = self.judge(plan)
        section, size = plan.segmenters[judge.segmenter], plan.size(judge.resolution)
        return {**plan.computing(self), "section": section, "resolution": size, "methods": self.methods(plan)}

    def registered(self, plan: "Plan") -> dict[str, set[str]]:
        return self.judge(plan).registered(plan)


@dataclass(frozen=True, order=True)
class Fidelity(_OnPairs):
    """Translations of held-out scenes against the true rendering."""

    rule, folder, outputs = "fidelity", "score/fidelity/{task}/seed{seed}", beside("fidelity.csv", "cost.json")
    gpu, threads, mem_mb, runtime = True, "half", 8000, 480


@dataclass(frozen=True, order=True)
class Geometry(_OnPairs):
    """Whether a method moves or renames what held-out scenes show."""

    rule, folder = "geometry", "score/geometry/{task}/seed{seed}"
    outputs = beside("geometry.csv", "maps.npz", "cost.json")
    gpu, threads, mem_mb, runtime = True, "half", 8000, 480

    def trained(self, plan: "Plan") -> dict[str, Translator]:
        """The translators that weights are read of, by method."""
        methods = (name for name in self.methods(plan) if plan.instances[name].trained)
        return {name: plan.translator_node(self.task, name, self.seed) for name in methods}

    def needs(self, plan: "Plan") -> Needs:
        trained = self.trained(plan).values()
        encoders = filter(None, (translator.encoder(plan) for translator in trained))
        weights = [translator.file("weights") for translator in trained]
        return {
            **super().needs(plan),
            "weights": weights,
            "encoders": [e.file("weights") for e in dict.fromkeys(encoders)],
        }

    def settings(self, plan: "Plan") -> dict[str, Any]:
        trained, root = self.trained(plan), plan.results
        encoders = {name: translator.encoder(plan) for name, translator in trained.items()}
        return {
            **super().settings(plan),
            "translators": {name: plan.translator(self.task, name) for name in self.methods(plan)},
            "weights": {name: f"{root}/{translator.file('weights').path}" for name, translator in trained.items()},
            "encoders": {name: f"{root}/{node.file('weights').path}" for name, node in encoders.items() if node},
        }

    def registered(self, plan: "Plan") -> dict[str, set[str]]:
        return plan.registered(*self.methods(plan), networks=super().registered(plan)["SEGMENTERS"])


@dataclass(frozen=True, order=True)
class ShiftCard(Node):
    """What each part of the procedural domain shift costs a segmenter trained on untranslated source images."""

    task: str
    seed: int

    rule, folder, outputs = "shift_card", "score/shift/{task}/seed{seed}", beside("shift.csv", "cost.json")
    gpu, threads, mem_mb, runtime = True, "half", 8000, 480

    def network(self, plan: "Plan") -> Segmenter:
        """The segmenter of the untranslated source at the last resolution."""
        last = plan.resolutions(self.task)[-1]
        return Segmenter(self.task, "identity", last, plan.segmenters_of(self.task)[0], self.seed)

    def needs(self, plan: "Plan") -> Needs:
        return {"weights": self.network(plan).file("weights")}

    def settings(self, plan: "Plan") -> dict[str, Any]:
        task, network, amount = plan.task(self.task), self.network(plan), plan.configuration.procedural
        return {
            **plan.computing(self),
            "section": plan.segmenters[network.segmenter],
            "resolution": plan.size(network.resolution),
            "reader": task.source.reader,
            "size": task.image_size,
            "scenes": amount.shift,
            "scene_seed": amount.seed,
        }

    def registered(self, plan: "Plan") -> dict[str, set[str]]:
        return self.network(plan).registered(plan)


@dataclass(frozen=True, order=True)
class Timing(Node):
    """Parameters, times and memory of one method (Table 2)."""

    method: str

    rule, folder, outputs = "timing", "timing/{method}", {"rows": ".csv"}
    gpu, threads, mem_mb = True, "all", 16000

    def needs(self, plan: "Plan") -> Needs:
        return {d: View(plan.timing_task, f"{d}-train").file("view") for d in ("source", "target")}

    def settings(self, plan: "Plan") -> dict[str, Any]:
        section = plan.configuration.timing.model_dump(mode="json") | {"task": plan.timing_task}
        translator, paper = (
            plan.translator(plan.timing_task, self.method),
            plan.configuration.paper_settings[self.method],
        )
        return {**plan.computing(self), "timing": section, "translator": translator, "paper": paper}

    def registered(self, plan: "Plan") -> dict[str, set[str]]:
        # Parameters are counted with the paper's encoder.
        return plan.registered(self.method, networks={"fcn_resnet50"})
