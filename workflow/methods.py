"""Building the translator that a job names, with its pretrained encoder and, where it has been trained, its weights."""

from typing import Any

import torch

from baselines import METHODS
from dakpn.config import Segmenter
from dakpn.segmentation.weights import load_segmenter
from dakpn.switches import base_of
from dakpn.translator import Translator


def build(snakemake: Any, num_classes: int, *, seed: int) -> Translator:
    """The job's translator on the CPU; weights are drawn from `seed`, then read from `input.weights` where there are
    any.
    """
    method, params = METHODS[base_of(snakemake.wildcards.method)], snakemake.params.translator
    encoder = None
    if method.encoder:
        encoder = load_segmenter(Segmenter(**params["encoder"]), num_classes, str(snakemake.input.encoder), "cpu")
    torch.manual_seed(seed)
    translator = method(
        method.Config(**params["method"]),
        image_size=tuple(params["image_size"]),
        low_size=tuple(params["low_size"]),
        num_classes=num_classes,
        encoder=encoder,
    )
    return translator.load(str(snakemake.input.weights)) if snakemake.input.get("weights") else translator
