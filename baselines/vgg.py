"""VGG19 up to conv5_2, the fixed feature extractor of VSAIT (Simonyan & Zisserman, 2015; torchvision's layout)."""

from torch import Tensor, nn

from dakpn.errors import InputError
from dakpn.training.pretrained import VGG, read_state

_BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 2))
"""Channels and convolutions of each block; the last block of the real network has four."""
_TAPS = (3, 8, 13, 22, 30)
"""Positions of relu1_2, relu2_2, relu3_2, relu4_2 and the linear conv5_2 in torchvision's `features`."""


class VGG19Trunk(nn.Module):
    """(B,3,H,W) -> five feature maps: relu1_2, relu2_2, relu3_2, relu4_2 (all >= 0) and conv5_2 before its activation.

    Their strides are 1, 2, 4, 8 and 16. Images go in as they are, in [-1,1] for VSAIT, without ImageNet's mean and
    deviation. The weights never learn, but gradients pass through to the image. `width` scales all channels; 1.0 is the
    real network with 15,304,768 parameters. Weights are random, variance preserving, until `load_weights`.
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.width = width
        self.channels = [max(1, round(channels * width)) for channels, _ in _BLOCKS]
        layers, previous = [], 3
        for out, (_, convolutions) in zip(self.channels, _BLOCKS, strict=True):
            for _ in range(convolutions):
                convolution = nn.Conv2d(previous, out, 3, padding=1)
                nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(convolution.bias)
                layers += [convolution, nn.ReLU()]
                previous = out
            layers.append(nn.MaxPool2d(2))
        # Neither the last activation nor the last pooling.
        self.features = nn.Sequential(*layers[:-2])
        self.requires_grad_(False)

    def forward(self, image: Tensor) -> list[Tensor]:
        taps = []
        for position, layer in enumerate(self.features):
            image = layer(image)
            if position in _TAPS:
                taps.append(image)
        return taps

    def load_weights(self, weights: str, key: str) -> None:
        """Fill the trunk: "none" keeps random weights, "imagenet" downloads torchvision's, anything else is a file.

        A file holds a VGG19 state dict with torchvision's names (.pth, or .safetensors). `key` names the setting
        in messages. Raises InputError as `read_state`, and for weights that do not fit.
        """
        if weights == "none":
            return
        if weights == "imagenet" and self.width != 1.0:
            raise InputError(
                f"{key}: ImageNet weights fit the real VGG19 only, but vgg_width is {self.width:g}. "
                f'Set vgg_width to 1.0, or {key} to "none".'
            )
        state = read_state(weights, {"imagenet": VGG}, key)
        own = self.state_dict()
        if wrong := [name for name in own if name not in state or state[name].shape != own[name].shape]:
            raise InputError(
                f"{key}: {weights} holds no VGG19 of width {self.width:g} ({wrong[0]} and {len(wrong) - 1} more do not "
                "fit). Give another file."
            )
        self.load_state_dict({name: state[name] for name in own})
