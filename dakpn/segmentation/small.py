"""The small network, for runs without a GPU."""

from pydantic import Field

from dakpn.config.models import Positive
from dakpn.segmentation.contract import Segmenter, SegmenterConfig


class Small(Segmenter):
    """A fully convolutional network of a few hundred thousand parameters. It always starts from random weights."""

    label = "small FCN"

    class Config(SegmenterConfig):
        width: Positive = Field(16, description="first width of the network")

    @staticmethod
    def build(config, num_classes, *, training):
        from dakpn.segmentation.small_fcn import SmallFCN

        return SmallFCN(num_classes, config.width)
