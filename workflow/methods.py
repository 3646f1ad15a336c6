"""Building the translator that a job names, with its pretrained encoder and, where it has been trained, its weights."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import torch

from baselines import METHODS
from dakpn.data.views import View
from dakpn.segmentation.networks import load_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.training import ranks
from dakpn.training.loop import Run
from dakpn.training.snapshots import Snapshots
from dakpn.translation.translator import Translator


def build(snakemake: Any, num_classes: int, *, seed: int) -> Translator:
    """The job's translator on the CPU; weights are drawn from `seed`, then read from `input.weights` where there are
    any.
    """
    files = {name: str(snakemake.input.get(name) or "") for name in ("encoder", "weights")}
    return assemble(snakemake.params.settings["translator"], num_classes, seed=seed, **files)


def assemble(
    built: Mapping[str, Any], num_classes: int, *, seed: int, encoder: str = "", weights: str = ""
) -> Translator:
    """The translator `built` on the CPU, with the encoder and the weights of these files; empty where it has none.

    built: what `Plan.translator` gives.
    """
    method = METHODS[built["method"]]
    network = load_segmenter(resolve(built["encoder"]), num_classes, encoder, "cpu") if built["encoder"] else None
    torch.manual_seed(seed)
    translator = method(
        method.Config(**built["settings"]),
        image_size=tuple(built["image_size"]),
        low_size=tuple(built["low_size"]),
        num_classes=num_classes,
        encoder=network,
    )
    return translator.load(weights, built.get("snapshot")) if weights else translator


def fit(
    built: Mapping[str, Any],
    files: Mapping[str, str],
    seed: int,
    run: Run,
    weights: str,
    iterations: Iterable[int] = (),
    *,
    device: torch.device,
) -> tuple[list[dict[str, float]], dict[int, float]]:
    """Train the translator `built` on the views `source` and `target` of `files` and write its weights, or those after
    each of `iterations`; as a rank, do its part. Returns the history, and seconds by those iterations.
    """
    source, target = View.open(files["source"]), View.open(files["target"])
    translator = assemble(built, len(source.classes), seed=seed, encoder=files.get("encoder", ""))
    snapshots = Snapshots(translator.inference_networks(), iterations) if iterations else None
    history = translator.fit(source, target, seed=seed, device=device, run=replace(run, snapshots=snapshots))
    if ranks.is_first():
        (snapshots or translator).export(weights)
    return history, snapshots.seconds if snapshots else {}
