"""The untranslated source: the control without which no translation can be said to help."""

from torch import Tensor, nn

from dakpn.translation.translator import Translator


class Identity(Translator):
    """Returns its input; nothing is trained."""

    name = "identity"
    label = "Source (untranslated)"
    trained = False

    def networks(self) -> dict[str, nn.Module]:
        return {}

    def training_step(self, source, target, *, seed, device):
        raise ValueError("identity is not trained")

    def translate(self, image: Tensor, *, low: Tensor | None = None) -> Tensor:
        return image
