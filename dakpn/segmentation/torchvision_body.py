"""torchvision's segmentation networks without their own upsampling, and their pretrained weights."""

from torch import Tensor, nn
from torchvision.models import get_model

from dakpn.errors import InputError
from dakpn.training.pretrained import DEEPLAB, FCN, RESNET, read_state

COCO = {"fcn_resnet50": FCN, "deeplabv3_resnet50": DEEPLAB}


class TorchvisionBody(nn.Module):
    """torchvision's model `name`: (B,3,H,W) normalised -> {"out": (B,n,H/8,W/8)}, and "aux" likewise with `auxiliary`.

    weights: none, imagenet (the backbone), coco, or the path of a state dict, of the network or its backbone; all but
    the final layers, whose number of classes differs, are read. Raises InputError as `read_state`, and for the weights
    of another architecture.
    """

    def __init__(self, name: str, num_classes: int, weights: str, *, auxiliary: bool) -> None:
        super().__init__()
        network = get_model(name, weights=None, weights_backbone=None, num_classes=num_classes, aux_loss=auxiliary)
        self.backbone, self.classifier = network.backbone, network.classifier
        self.aux_classifier = network.aux_classifier
        if weights == "none":
            return
        own, state = self.state_dict(), read_state(weights, {"imagenet": RESNET, "coco": COCO[name]}, "weights")
        if not any(key.startswith("backbone.") for key in state):  # of the backbone alone, with its own last layer
            state = {f"backbone.{key}": value for key, value in state.items() if not key.startswith("fc.")}
        fitting = {key: value for key, value in state.items() if key in own and own[key].shape == value.shape}
        learned = {f"backbone.{key}" for key, _ in self.backbone.named_parameters()}
        foreign = {key for key in state if key.startswith("backbone.")} - own.keys()
        if wrong := sorted(learned - fitting.keys() | foreign):
            raise InputError(
                f"weights: {weights} holds no backbone of {name} ({wrong[0]} and {len(wrong) - 1} more do not fit). "
                "Name a state dict of torchvision's network."
            )
        self.load_state_dict(fitting, strict=False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.backbone(x)
        logits = {"out": self.classifier(features["out"])}
        if self.aux_classifier is not None:
            logits["aux"] = self.aux_classifier(features["aux"])
        return logits
