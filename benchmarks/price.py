"""`python -m benchmarks.price config/day.yaml`: what a run computes, and the time that this implies on a GPU.

Computed, not measured. Convolutions and matrix products of one iteration, or of one image, of every kind of job are
counted as torch executes them, and multiplied. Seconds follow from a card's published peaks and the stated efficiency,
which also stands for all that is not counted: normalisation, T, optimisers, waiting.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
import yaml
from torch.utils.flop_counter import FlopCounterMode

from baselines import METHODS
from dakpn.config.size import Size
from dakpn.data import READERS
from dakpn.data.sections import label_space_of
from dakpn.files import amount
from dakpn.plan import Encoder, Plan, Score, Segmenter, Translation, Translator, View, plan
from dakpn.plan.configure import configure
from dakpn.plan.nodes import Node
from dakpn.segmentation.networks import build_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.translation.batch import Batch
from dakpn.translation.translator import Translator as Method

EFFICIENCY = 0.15
"""Share of the peak that is taken to be reached. The paper's 11,327 seconds per epoch of CycleGAN on an A5000 are this
share, if an epoch is GTA5's 24,966 images at the released code's crop of 360.
"""
OVERHEAD = 15.0
"""Seconds that a job on a GPU is taken to need beside computing: starting CUDA, reading weights, writing results."""
PEAKS = {"A5000": (55.6e12, 27.8e12), "A100": (156e12, 19.5e12), "H100 SXM": (494.5e12, 66.9e12)}
"""Operations per second by NVIDIA's data sheets: dense TF32, as torch convolves by default, and FP32, as it multiplies
matrices by default.
"""
SEEN = 4  # images in the views of a counted iteration


class Shapes(NamedTuple):
    """Stands for a view of blank images."""

    images: np.ndarray
    low: np.ndarray

    @classmethod
    def of(cls, image_size: Size, low_size: Size) -> "Shapes":
        return cls(*(np.zeros((SEEN, *size, 3), np.uint8) for size in (image_size, low_size)))

    def __len__(self) -> int:
        return SEEN


class Counts:
    """Operations of the jobs of a plan, as arrays (convolutions, matrix products)."""

    def __init__(self, run: Plan) -> None:
        self.plan, self._known = run, {}

    def of(self, node: Node) -> np.ndarray | None:
        """The operations of a job; None for a job that is not priced."""
        match node:
            case Encoder() | Segmenter():
                settings = node.settings(self.plan)
                return settings["section"]["iterations"] * self._network(settings, node.task, training=True)
            case Translator():
                step, image = self._translator(node, self._step)
                config = self.plan.instances[node.method].settings
                return config.get("iterations", 0) * step + self.images(node.task, "source-train") * image
            case Translation():
                return self.images(node.task, "source-train") * self._translator(node, self._translate)
            case Score():
                part = "target-validation" if node.kind == "segmentation" else "source-train"
                return self.images(node.task, part) * self._network(node.settings(self.plan), node.task, training=False)
        return None

    def images(self, task: str, part: str) -> int:
        """Images of a part of the data: the release's, or as many as are drawn, up to the limit."""
        node = View(task, part)
        data, amount = node.data(self.plan), self.plan.configuration.procedural
        drawn = amount.validation if part.endswith("validation") else amount.train
        there = drawn if node.made(self.plan) else READERS[data["reader"]].official[data["split"]]
        return min(there, data["limit"] or there)

    def classes(self, task: str) -> int:
        return len(label_space_of(self.plan.tasks[task].target).classes)

    def _network(self, settings: dict[str, Any], task: str, *, training: bool) -> np.ndarray:
        """Of one iteration, or of one image."""
        section, size, classes = settings["section"], settings["resolution"], self.classes(task)

        def count() -> np.ndarray:
            with torch.device("meta"):
                network = build_segmenter(resolve(_unread(section)), classes, training=training)
                image = torch.rand(section["batch"] if training else 1, 3, *size)

            def call() -> None:
                logits = network.train(training)(image)
                if training:
                    sum(values.sum() for values in logits.values()).backward()

            return counted(call)

        return self._once((repr(section), size, classes, training), count)

    def _translator(self, node: Translator | Translation, count: Callable[[Method, str], Any]) -> Any:
        built = self.plan.translator(node.task, node.method)

        def on(device: str) -> Any:
            settings = _unread(built["settings"])
            method, classes = METHODS[built["method"]], self.classes(node.task)
            with torch.device(device):
                section = built["encoder"] and resolve(_unread(built["encoder"]))
                encoder = section and build_segmenter(section, classes).eval()
                sizes = {"image_size": built["image_size"], "low_size": built["low_size"]}
                translator = method(method.Config(**settings), num_classes=classes, encoder=encoder, **sizes)
            return count(translator, device)

        def either() -> Any:
            try:  # shapes alone, where the method never reads a number
                return on("meta")
            except (NotImplementedError, RuntimeError):
                return on("cpu")

        return self._once((repr(built), node.task, count.__name__), either)

    @staticmethod
    def _step(translator: Method, device: str) -> tuple[np.ndarray, np.ndarray]:
        """Of one iteration, and of each source image before the first."""
        if not translator.optimised:
            return np.zeros(2), np.zeros(2)
        view, steps = Shapes.of(translator.image_size, translator.low_size), []
        before = counted(lambda: steps.append(translator.training_step(view, view, seed=0, device=device)[0]))
        return counted(lambda: steps[0](0)), before / len(view)

    @staticmethod
    def _translate(translator: Method, device: str) -> np.ndarray:
        if not translator.optimised:
            return np.zeros(2)
        images = (torch.rand(1, 3, *size, device=device) for size in (translator.image_size, translator.low_size))
        batch = Batch(("blank",), *images)
        for network in translator.networks().values():
            network.requires_grad_(False)  # the counter follows gradients where a network has any
        return counted(lambda: translator.translate(batch))

    def _once(self, key: Any, count: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = count()
        return self._known[key]


def _unread(section: dict[str, Any]) -> dict[str, Any]:
    """The section without pretrained weights, which change no number here."""
    return section | {"weights": "none"} if "weights" in section else section


def counted(call: Callable[[], object]) -> np.ndarray:
    """(operations of convolutions, operations of matrix products) of a call; a multiply-add is two."""
    with FlopCounterMode(display=False) as counter:
        call()
    found = counter.get_flop_counts().get("Global", {})
    convolutions = sum(number for operation, number in found.items() if "conv" in str(operation))
    return np.array([convolutions, sum(found.values()) - convolutions], float)


def price(run: Plan) -> pd.DataFrame:
    """One row per kind of job on a GPU, the whole run last: jobs, operations in 10^15, and hours on every card."""
    counts = Counts(run)
    rows: dict[str, list[np.ndarray]] = {}
    for node in run.jobs:
        if (operations := counts.of(node)) is not None:
            kind = f"{node.rule}, {node.kind}" if isinstance(node, Score) else node.rule
            rows.setdefault(f"{kind} ({node.task})", []).append(operations)
    rows["all"] = [one for of in rows.values() for one in of]
    return pd.DataFrame(
        {
            "Jobs": kind,
            "Number": len(of),
            "Convolutions, 10^15": sum(of)[0] / 1e15,
            "Matrix products, 10^15": sum(of)[1] / 1e15,
            **{f"Hours, {card}": _seconds(sum(of), len(of), card) / 3600 for card in PEAKS},
        }
        for kind, of in rows.items()
    )


def _seconds(operations: np.ndarray, jobs: int, card: str) -> float:
    return float((operations / (EFFICIENCY * np.array(PEAKS[card]))).sum()) + OVERHEAD * jobs


def disk(run: Plan) -> int:
    """Bytes of views and translations, with a translated PNG file taken to be no smaller than its pixels."""
    counts, total = Counts(run), 0
    for node in run.jobs:
        if isinstance(node, View | Translation):
            task = run.tasks[node.task]
            pixels = task.image_size.area + task.low_size.area
            part = node.part if isinstance(node, View) else "source-train"
            # A translation's labels are hard links.
            each = 4 * pixels if isinstance(node, View) else 3 * pixels + 3 * task.image_size.area
            total += counts.images(node.task, part) * each
    return total


def main() -> None:
    """Print the table and the disk space of the configuration that is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.price", description=__doc__)
    parser.add_argument("configuration", type=Path, help="such as config/day.yaml")
    run = plan(configure(yaml.safe_load(parser.parse_args().configuration.read_text(encoding="utf-8")), METHODS))
    print(price(run).to_markdown(index=False, floatfmt=".3g"))
    print(f"\nViews and translations: at most {amount(disk(run))}.")


if __name__ == "__main__":
    main()
