"""Segmentation networks, their training and their evaluation: the encoder, the judge and the downstream task."""
