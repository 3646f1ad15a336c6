"""Translation methods behind one contract. Adding a method is one file here and one line in METHODS."""

from baselines.colour_transfer import ColourTransfer
from baselines.cyclegan import CycleGAN
from baselines.fda import FDA
from baselines.global_theta import DAKPNGlobal
from baselines.histogram_matching import HistogramMatching
from baselines.identity import Identity
from baselines.vsait import VSAIT
from dakpn.model.dakpn import DAKPNSource, DAKPNTarget, DAKPNWithoutAffine, DAKPNWithoutBlur, DAKPNWithoutNoise
from dakpn.translation.translator import Translator

METHODS: dict[str, type[Translator]] = {
    "identity": Identity,
    "colour-transfer": ColourTransfer,
    "histogram-matching": HistogramMatching,
    "fda": FDA,
    "dakpn-global": DAKPNGlobal,
    "dakpn-s": DAKPNSource,
    "dakpn-t": DAKPNTarget,
    "dakpn-t-no-affine": DAKPNWithoutAffine,
    "dakpn-t-no-blur": DAKPNWithoutBlur,
    "dakpn-t-no-noise": DAKPNWithoutNoise,
    "cyclegan": CycleGAN,
    "vsait": VSAIT,
}
