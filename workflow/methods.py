"""Building the translator that a job names, with its pretrained encoder and, where it has been trained, its weights."""

from collections.abc import Mapping
from typing import Any

import torch

from baselines import METHODS
from dakpn.config.models import Segmenter
from dakpn.segmentation.weights import load_segmenter
from dakpn.translation.translator import Translator


def build(snakemake: Any, num_classes: int, *, seed: int) -> Translator:
    """The job's translator on the CPU; weights are drawn from `seed`, then read from `input.weights` where there are
    any.
    """
    files = {name: str(snakemake.input.get(name) or "") for name in ("encoder", "weights")}
    return assemble(snakemake.params.translator, num_classes, seed=seed, **files)


def assemble(
    params: Mapping[str, Any], num_classes: int, *, seed: int, encoder: str = "", weights: str = ""
) -> Translator:
    """A translator on the CPU, with the encoder and the weights of these files; empty where it has none.

    params: base and method (an Instance's `base` and `settings`), encoder (section of its network), image_size and
    low_size.
    """
    method, network = METHODS[params["base"]], None
    config = method.Config(**params["method"])
    if method.encoder_domain(config):
        network = load_segmenter(Segmenter(**params["encoder"]), num_classes, encoder, "cpu")
    torch.manual_seed(seed)
    translator = method(
        config,
        image_size=tuple(params["image_size"]),
        low_size=tuple(params["low_size"]),
        num_classes=num_classes,
        encoder=network,
    )
    return translator.load(weights) if weights else translator
