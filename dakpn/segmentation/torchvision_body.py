"""torchvision's segmentation networks without their own upsampling, and their pretrained weights."""

from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn
from torchvision.models import ResNet50_Weights, get_model, get_model_weights

from dakpn.errors import InputError


class TorchvisionBody(nn.Module):
    """torchvision's model `name`: (B,3,H,W) normalised -> {"out": (B,n,H/8,W/8)}, and "aux" likewise with `auxiliary`.

    weights: none, imagenet (the backbone), coco, or the path of a state dict; all but the final layers, whose number of
    classes differs, are read. Raises InputError if they cannot be loaded.
    """

    def __init__(self, name: str, num_classes: int, weights: str, *, auxiliary: bool) -> None:
        super().__init__()
        network = get_model(name, weights=None, weights_backbone=None, num_classes=num_classes, aux_loss=auxiliary)
        self.backbone, self.classifier = network.backbone, network.classifier
        self.aux_classifier = network.aux_classifier
        if weights == "none":
            return
        own = self.state_dict()
        state = _pretrained_state(name, weights).items()
        fitting = {key: value for key, value in state if key in own and own[key].shape == value.shape}
        if not any(key.startswith("backbone.") for key in fitting):
            raise InputError(f"weights: {weights} holds no backbone of {name}. Name a torchvision state dict.")
        self.load_state_dict(fitting, strict=False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.backbone(x)
        logits = {"out": self.classifier(features["out"])}
        if self.aux_classifier is not None:
            logits["aux"] = self.aux_classifier(features["aux"])
        return logits


def _pretrained_state(name: str, weights: str) -> dict[str, Tensor]:
    try:
        if weights == "coco":
            return get_model_weights(name)["COCO_WITH_VOC_LABELS_V1"].get_state_dict(progress=False)
        if weights == "imagenet":
            state = ResNet50_Weights.IMAGENET1K_V2.get_state_dict(progress=False)
            return {f"backbone.{key}": value for key, value in state.items()}
    except OSError as error:
        raise InputError(
            f"weights: {weights} could not be downloaded ({error}). Fetch the file elsewhere and name "
            "its path, or set `weights: none`."
        ) from error
    if not Path(weights).is_file():
        raise InputError(f"weights: no such file: {weights}. Use none, imagenet, coco or the path of a state dict.")
    try:
        return torch.load(weights, map_location="cpu", weights_only=True)
    except (RuntimeError, UnpicklingError, EOFError) as error:
        raise InputError(f"weights: {weights} cannot be read ({error}). Name a torchvision state dict.") from error
