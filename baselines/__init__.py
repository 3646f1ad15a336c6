"""Translation methods behind one contract. Adding a method is one file here and one line in METHODS."""

from baselines.cyclegan import CycleGAN
from baselines.dakpn import DAKPNSource, DAKPNTarget, DAKPNWithoutAffine, DAKPNWithoutBlur, DAKPNWithoutNoise
from baselines.identity import Identity
from baselines.vsait import VSAIT
from dakpn.translator import Translator

METHODS: dict[str, type[Translator]] = {
    "identity": Identity,
    "dakpn-s": DAKPNSource,
    "dakpn-t": DAKPNTarget,
    "dakpn-t-no-affine": DAKPNWithoutAffine,
    "dakpn-t-no-blur": DAKPNWithoutBlur,
    "dakpn-t-no-noise": DAKPNWithoutNoise,
    "cyclegan": CycleGAN,
    "vsait": VSAIT,
}
