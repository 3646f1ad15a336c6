"""What an entry of SEGMENTERS brings: settings, a label and the network. Nothing here imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from dakpn.config.models import Positive, Section

if TYPE_CHECKING:
    from torch import nn


class SegmenterConfig(Section):
    """Settings that every segmenter has: which network, and how it is trained. Each network adds its own."""

    network: str = Field(description="which network, a name in dakpn.segmentation.SEGMENTERS")
    # Not part of a dump: a new label must not train anything again.
    label: str = Field(
        "",
        exclude=True,
        description="name in tables and figures; without, the network's own, or the segmenter's name where several "
        "share it",
    )
    iterations: Positive = Field(description="training iterations")
    batch: Positive = Field(8, description="images per iteration")
    optimiser: Literal["sgd", "adamw"] = Field(
        "sgd", description="sgd is the released code's; adamw runs with a one-cycle rate"
    )
    learning_rate: float = Field(0.004, gt=0, description="learning rate (peak rate with adamw)")
    flip: bool = Field(False, description="random horizontal flips")
    class_weights: bool = Field(False, description="weight classes by one over the square root of their frequency")
    photometric: bool = Field(False, description="random photometric distortion of training images")
    statistics: Literal["training", "target"] = Field(
        "training", description="what batch normalisation goes by: the training images, or unlabelled target images"
    )


class Segmenter:
    """An entry of SEGMENTERS. It is not instantiated: `build` makes the network. An entry imports torch and its library
    inside `build`, so that a configuration is checked without them."""

    label: ClassVar[str]  # name in tables and figures
    library: ClassVar[str | None] = None  # module that the network needs and a plain installation lacks
    extra: ClassVar[str | None] = None  # optional extra of this package that installs `library`
    Config: ClassVar[type[SegmenterConfig]] = SegmenterConfig

    @staticmethod
    def build(config: SegmenterConfig, num_classes: int, *, training: bool) -> nn.Module:
        """The network: (B,3,H,W) normalised images -> (B,num_classes,h,w) logits at its own resolution, h <= H, w <= W.

        Instead of the logits it may return a mapping with them as "out" and those of an auxiliary head as "aux"; then
        its Config has `auxiliary`, the weight of that head's loss, and the head is its attribute `aux_classifier`.
        training: whether pretrained weights and the auxiliary head are wanted; without, trained weights are read into
        the network afterwards. Raises InputError if pretrained weights cannot be loaded.
        """
        raise NotImplementedError
