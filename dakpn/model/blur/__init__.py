"""Gaussian blur whose width differs from pixel to pixel and from channel to channel (Eq. 2, normalised to sum 1)."""

from dakpn.model.blur.function import BACKENDS, local_gaussian_blur

__all__ = ["BACKENDS", "local_gaussian_blur"]
