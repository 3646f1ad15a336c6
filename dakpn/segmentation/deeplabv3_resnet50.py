"""DeepLabv3 on a dilated ResNet-50."""

from dakpn.segmentation.torchvision_segmenter import TorchvisionSegmenter


class DeepLabV3ResNet50(TorchvisionSegmenter):
    """Atrous spatial pyramid pooling (Chen et al., 2017); 39,638,355 parameters for 19 classes, stride 8."""

    label = "DeepLabv3-ResNet50"
    model = "deeplabv3_resnet50"
