"""The untranslated source: the control that every translation is compared with."""

from torch import Tensor

from dakpn.translation.batch import Batch
from dakpn.translation.translator import Translator


class Identity(Translator):
    """Returns its input; nothing is trained."""

    label = "Source (untranslated)"
    trained = optimised = False

    def translate(self, batch: Batch) -> Tensor:
        return batch.image
