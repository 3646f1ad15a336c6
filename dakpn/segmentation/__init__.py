"""Segmentation networks, their training and their evaluation: the encoder, the judge and the downstream task."""

from dakpn.segmentation.registry import SEGMENTERS

__all__ = ["SEGMENTERS"]
