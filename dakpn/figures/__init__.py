"""Figures: each function reads finished rows or samples and writes one PNG; none computes a score."""

from dakpn.figures.canvas import ordered
from dakpn.figures.certificate import certificate_maps
from dakpn.figures.curves import training_curves
from dakpn.figures.heatmap import class_heatmap
from dakpn.figures.predictions import segmentation_predictions
from dakpn.figures.qualitative import translation_grid
from dakpn.figures.theta import theta_channels
from dakpn.figures.zoom import zoomed_crops

__all__ = [
    "certificate_maps",
    "class_heatmap",
    "ordered",
    "segmentation_predictions",
    "theta_channels",
    "training_curves",
    "translation_grid",
    "zoomed_crops",
]
