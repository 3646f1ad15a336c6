"""What torchvision's segmentation networks have in common: settings and how they are built."""

from typing import ClassVar

from pydantic import Field

from dakpn.segmentation.contract import Segmenter, SegmenterConfig


class TorchvisionConfig(SegmenterConfig):
    """Settings of torchvision's networks."""

    weights: str = Field("none", description="start: none | imagenet (backbone) | coco | path of a state dict")
    auxiliary: float = Field(0.4, ge=0, description="weight of the auxiliary head's loss")


class TorchvisionSegmenter(Segmenter):
    """A network of torchvision.models.segmentation on a ResNet-50, with its auxiliary head in training."""

    model: ClassVar[str]
    """Name among torchvision's models."""

    Config = TorchvisionConfig

    @classmethod
    def build(cls, config, num_classes, *, training):
        # Imported here because torchvision costs two seconds that runs with other networks need not pay.
        from dakpn.segmentation.torchvision_body import TorchvisionBody

        return TorchvisionBody(cls.model, num_classes, config.weights if training else "none", auxiliary=training)
