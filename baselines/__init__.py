"""Translation methods by name: classes, and presets of them. A new method is one file here and one line in METHODS."""

from baselines.colour_transfer import ColourTransfer
from baselines.cut import CUT
from baselines.cyclegan import CycleGAN
from baselines.drit import DRIT
from baselines.fda import FDA
from baselines.folder import Folder
from baselines.gcgan import GcGAN
from baselines.histogram_matching import HistogramMatching
from baselines.identity import Identity
from baselines.mct import MCT
from baselines.srunit import SRUNIT
from baselines.vsait import VSAIT
from dakpn.model.dakpn import DAKPN
from dakpn.translation.instances import Preset
from dakpn.translation.translator import Translator

METHODS: dict[str, type[Translator] | Preset] = {
    "identity": Identity,
    "photometric": Preset("identity", "Source, augmented", {}, {"photometric": True}),
    "target-statistics": Preset("identity", "Source, target statistics", {}, {"statistics": "target"}),
    "colour-transfer": ColourTransfer,
    "histogram-matching": HistogramMatching,
    "fda": FDA,
    "dakpn-global": Preset("dakpn", "DA-KPN, one theta", {"encoder": "none"}),
    "drit": DRIT,
    "cut": CUT,
    "fastcut": Preset(
        "cut",
        "FastCUT",
        {"nce_weight": 10.0, "identity_nce": "none", "flip_equivariance": True, "constant_share": 0.75},
    ),
    "gcgan": GcGAN,
    "gcgan-flip": Preset("gcgan", "GcGAN, vertical flip", {"transform": "vertical_flip"}),
    "srunit": SRUNIT,
    "cyclegan": CycleGAN,
    "mct": MCT,
    "vsait": VSAIT,
    "dakpn": DAKPN,
    "dakpn-s": Preset("dakpn", "DA-KPN-S", {"encoder": "source"}),
    "dakpn-s-released": Preset(
        "dakpn-s",
        "DA-KPN-S, released code",
        {
            "betas": [0.9, 0.999],
            "cells": "image",
            "real_patches": "grid",
            "sigma_start": 1.0,
            "update": "reversal",
            "real_low": False,
            "joint_batches": False,
            "encoder_mode": "training",
            "encoder_normalised": False,
            "tiling": "tiles",
            "operator": "released",
            "rounding": "down",
        },
    ),
    "dakpn-t": Preset("dakpn", "DA-KPN-T", {"encoder": "target"}),
    "dakpn-t-no-blur": Preset("dakpn-t", "DA-KPN-T -blur", {"components": ["affine", "noise"]}),
    "dakpn-t-no-noise": Preset("dakpn-t", "DA-KPN-T -noise", {"components": ["affine", "blur"]}),
    "dakpn-t-no-affine": Preset("dakpn-t", "DA-KPN-T -affine", {"components": ["blur", "noise"]}),
    "folder": Folder,
}
"""In the order in which every table and figure shows them."""
