"""The two weight initialisations of the adversarial baselines; both leave every bias at 0."""

from torch import nn

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


def init_normal(network: nn.Module, std: float = 0.02) -> None:
    """Draw convolution weights from N(0, std^2), as CycleGAN does."""
    for layer in network.modules():
        if isinstance(layer, _CONVOLUTIONS):
            nn.init.normal_(layer.weight, 0.0, std)
            nn.init.zeros_(layer.bias)


def init_xavier(network: nn.Module, gain: float = 0.2) -> None:
    """Draw convolution weights from a normal of std gain * sqrt(2 / (fan_in + fan_out)), as VSAIT does for G and D."""
    for layer in network.modules():
        if isinstance(layer, _CONVOLUTIONS):
            nn.init.xavier_normal_(layer.weight, gain)
            nn.init.zeros_(layer.bias)
