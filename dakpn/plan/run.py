"""What a configuration says about a run's tasks and methods, as nodes ask for it."""

from collections.abc import Iterable
from typing import Any

from dakpn.config.models import Configuration
from dakpn.plan.nodes import Node
from dakpn.plan.training import ORACLE, Translation, Translator


class Run:
    """The tasks and methods of a run.

    configuration: from `dakpn.plan.configure.configure`, which resolves the methods and networks that it names.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.tasks = configuration.tasks
        self.seeds = configuration.seeds
        self.instances = configuration.instances
        self.encoders = configuration.encoder_sections
        self.encoder_domains = configuration.encoder_domains
        self.segmenters = configuration.segmenter_sections
        self.segmenter_labels = configuration.segmenter_labels
        self.switches = configuration.switches
        self.results = f"results/{configuration.run}"
        self.page = f"reports/{configuration.run}/index.html"
        self.images_only = [name for name, instance in self.instances.items() if instance.images_only]
        """Methods that have translations of training images only: they can be neither timed nor certified."""
        self.is_procedural = any(task.is_procedural for task in self.tasks.values())
        self.labels = {name: instance.label for name, instance in self.instances.items()} | {ORACLE: "Target"}
        """How methods are printed, in display order."""
        self.timing_task = configuration.timing.task or next(iter(self.tasks))
        """Task whose views feed the timed iterations."""
        self.common = {"run": configuration.run, "protocol": configuration.protocol, "labels": self.labels}
        """Settings of every job after the confusion stores."""

    def methods(self, task: str, ablations: bool = True) -> list[str]:
        """The methods of a task in display order."""
        chosen = {*self.configuration.run_methods(task), *(self.tasks[task].ablations if ablations else ())}
        return [name for name in self.instances if name in chosen]

    def sizes(self, task: str) -> list[str]:
        """The resolutions of a task, smallest first."""
        return [str(size) for size in sorted(self.tasks[task].resolutions, key=lambda size: size.area)]

    def resolutions(self, task: str, method: str = ORACLE) -> list[str]:
        """The resolutions that a method is run at, as configured: all, or the first for an ablation."""
        names = [str(size) for size in self.tasks[task].resolutions]
        return names[:1] if method in self.tasks[task].ablations else names

    def segmenters_of(self, task: str) -> list[str]:
        """The segmenters of a task, the one of its tables first."""
        return list(self.tasks[task].segmenters or [next(iter(self.configuration.segmenters))])

    def scored_options(self, task: str) -> dict[str, str]:
        """Options of the source's reader for the labels of FCN-Scores."""
        identity = self.configuration.evaluation.face_labels == "identity"
        return {"label_map": "identity"} if identity and self.tasks[task].source.reader == "facesynthetics" else {}

    def computing(self, node: Node) -> dict[str, Any]:
        """Settings of every job that computes with torch."""
        about = {"run": self.configuration.run, "device": self.configuration.device}
        return {**about, "checkpoint": f"{self.results}/checkpoints/{node.place}.pt"}

    def translator(self, task: str, method: str) -> dict[str, Any]:
        """What a translator is built from."""
        section, instance, domain = self.tasks[task], self.instances[method], self.encoder_domains.get(method)
        sizes = {"image_size": section.image_size, "low_size": section.low_size}
        encoder = self.encoders[domain] if domain else None
        return {"method": instance.base, "settings": instance.settings, "encoder": encoder, **sizes}

    def translator_node(self, task: str, method: str, seed: int) -> Translator:
        """The translator of a seed; a method that is not optimised draws nothing, so one serves all seeds."""
        return Translator(task, method, seed if self.instances[method].optimised else 0)

    def translation(self, task: str, method: str, seed: int) -> Translation:
        """The translation of a seed, see `translator_node`."""
        return Translation(task, method, self.translator_node(task, method, seed).seed)

    def tasks_with(self, methods: Iterable[str]) -> list[str]:
        """The tasks on which one of the methods is run."""
        wanted = set(methods)
        return [task for task in self.tasks if wanted & set(self.methods(task))]
