"""The paper's network (3.3 and Table 1): FCN on a dilated ResNet-50."""

from dakpn.segmentation.torchvision_segmenter import TorchvisionSegmenter


class FCNResNet50(TorchvisionSegmenter):
    """Fully convolutional network (Long et al., CVPR 2015); 32,955,987 parameters for 19 classes, stride 8."""

    label = "FCN-ResNet50"
    model = "fcn_resnet50"
