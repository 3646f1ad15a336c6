"""The input of a translation method."""

from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """Images to translate.

    ids: their B ids in the source's view; image: (B,3,H,W) in [0,1]; low_res: the same images at low resolution,
    (B,3,h,w) in [0,1], or None where the caller has none.
    """

    ids: tuple[str, ...]
    image: Tensor
    low_res: Tensor | None = None
