"""FCN-ResNet50 as the paper uses it, and a small network with the same interface for runs without a GPU.

Both take RGB images in [0,1] and normalise them themselves, so that no caller can forget it; both give coarse logits
that are upsampled bilinearly to the input size.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dakpn.config.models import Segmenter
from dakpn.errors import InputError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class SegmentationNetwork(nn.Module):
    """A body that maps normalised images to coarse logits, wrapped for images in [0,1]."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def coarse(self, image: Tensor, *, normalised: bool = True) -> Tensor:
        """(B,3,H,W) in [0,1] -> (B,n,h,w) logits at the body's own resolution.

        normalised: whether the body sees the image as in training; the released code's translations omit it.
        """
        return self.body((image - self.mean) / self.std if normalised else image)["out"]

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(B,3,H,W) in [0,1] -> {"out": (B,n,H,W) logits}, and "aux" likewise where the body has an auxiliary head."""
        logits = self.body((image - self.mean) / self.std)
        return {
            name: F.interpolate(coarse, image.shape[-2:], mode="bilinear", align_corners=False)
            for name, coarse in logits.items()
        }


def build_segmenter(section: Segmenter, num_classes: int, *, training: bool = False) -> SegmentationNetwork:
    """The network that `section` describes; with `training`, pretrained weights and the auxiliary head come with it.

    Raises InputError when weights are asked for that cannot be had.
    """
    if section.network == "small":
        return SegmentationNetwork(SmallFCN(num_classes, section.width))
    return SegmentationNetwork(_FCNResNet50(num_classes, section.weights if training else "none", auxiliary=training))


class _ConvNorm(nn.Sequential):
    def __init__(self, channels_in: int, channels_out: int, *, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels_out, 3, stride, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(channels_out),
        )


class _Residual(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.first = _ConvNorm(channels, channels, dilation=dilation)
        self.second = _ConvNorm(channels, channels, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class SmallFCN(nn.Module):
    """A fully convolutional network for small images (declared choice; 266,070 parameters for 19 classes at width 16).

    Strides 2, 4 and 8 with widths w, 2w and 4w; one residual block at stride 4, three with dilations 1, 2 and 4 at
    stride 8; the scores of both are summed at stride 4.
    """

    def __init__(self, num_classes: int, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(_ConvNorm(3, width, stride=2), nn.ReLU())
        self.quarter = nn.Sequential(_ConvNorm(width, 2 * width, stride=2), nn.ReLU(), _Residual(2 * width, 1))
        self.eighth = nn.Sequential(
            _ConvNorm(2 * width, 4 * width, stride=2),
            nn.ReLU(),
            *(_Residual(4 * width, dilation) for dilation in (1, 2, 4)),
        )
        self.score_quarter = nn.Conv2d(2 * width, num_classes, 1)
        self.score_eighth = nn.Conv2d(4 * width, num_classes, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """(B,3,H,W) normalised -> {"out": (B,n,ceil(H/4),ceil(W/4))}."""
        quarter = self.quarter(self.stem(x))
        eighth = self.score_eighth(self.eighth(quarter))
        upsampled = F.interpolate(eighth, quarter.shape[-2:], mode="bilinear", align_corners=False)
        return {"out": self.score_quarter(quarter) + upsampled}


class _FCNResNet50(nn.Module):
    """torchvision's fcn_resnet50 without its own upsampling: logits at stride 8 (paper 3.3)."""

    def __init__(self, num_classes: int, weights: str, *, auxiliary: bool) -> None:
        super().__init__()
        # Imported here because torchvision costs two seconds that runs with the small network need not pay.
        from torchvision.models.segmentation import fcn_resnet50

        network = fcn_resnet50(weights=None, weights_backbone=None, num_classes=num_classes, aux_loss=auxiliary)
        self.backbone, self.classifier = network.backbone, network.classifier
        self.aux_classifier = network.aux_classifier
        if weights != "none":
            self._load_pretrained(weights)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.backbone(x)
        logits = {"out": self.classifier(features["out"])}
        if self.aux_classifier is not None:
            logits["aux"] = self.aux_classifier(features["aux"])
        return logits

    def _load_pretrained(self, weights: str) -> None:
        """Load all but the final layers, whose number of classes differs."""
        state = _pretrained_state(weights)
        own = self.state_dict()
        fitting = {name: value for name, value in state.items() if name in own and own[name].shape == value.shape}
        if not any(name.startswith("backbone.") for name in fitting):
            raise InputError(f"weights: {weights} holds no backbone of fcn_resnet50. Name a torchvision state dict.")
        self.load_state_dict(fitting, strict=False)


def _pretrained_state(weights: str) -> dict[str, Tensor]:
    from torchvision.models import ResNet50_Weights
    from torchvision.models.segmentation import FCN_ResNet50_Weights

    try:
        if weights == "coco":
            return FCN_ResNet50_Weights.COCO_WITH_VOC_LABELS_V1.get_state_dict(progress=False)
        if weights == "imagenet":
            state = ResNet50_Weights.IMAGENET1K_V2.get_state_dict(progress=False)
            return {f"backbone.{name}": value for name, value in state.items()}
    except OSError as error:
        raise InputError(
            f"weights: {weights} could not be downloaded ({error}). Fetch the file elsewhere and name "
            "its path, or set `weights: none`."
        ) from error
    if not Path(weights).is_file():
        raise InputError(f"weights: no such file: {weights}. Use none, imagenet, coco or the path of a state dict.")
    return torch.load(weights, map_location="cpu", weights_only=True)
