"""torchvision's segmentation networks on a dilated ResNet-50: settings and how they are built."""

from typing import ClassVar

from pydantic import Field

from dakpn.segmentation.contract import Segmenter, SegmenterConfig


class TorchvisionSegmenter(Segmenter):
    """A network of torchvision.models.segmentation, of stride 8, with its auxiliary head in training."""

    model: ClassVar[str]  # name among torchvision's models

    class Config(SegmenterConfig):
        weights: str = Field("none", description="start: none | imagenet (backbone) | coco | path of a state dict")
        auxiliary: float = Field(0.4, ge=0, description="weight of the auxiliary head's loss")

    @classmethod
    def build(cls, config, num_classes, *, training):
        # Imported here because torchvision costs two seconds that runs with other networks need not pay.
        from dakpn.segmentation.torchvision_body import TorchvisionBody

        return TorchvisionBody(cls.model, num_classes, config.weights if training else "none", auxiliary=training)


class FCNResNet50(TorchvisionSegmenter):
    """The paper's network (3.3, Table 1; Long et al., CVPR 2015): 32,955,987 parameters for 19 classes."""

    label = "FCN-ResNet50"
    model = "fcn_resnet50"


class DeepLabV3ResNet50(TorchvisionSegmenter):
    """Atrous spatial pyramid pooling (Chen et al., 2017): 39,638,355 parameters for 19 classes."""

    label = "DeepLabv3-ResNet50"
    model = "deeplabv3_resnet50"
