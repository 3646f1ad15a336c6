"""Figures from finished rows and samples: charts as SVG, photographs as PNG."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from dakpn.data.views import View
from dakpn.figures.certificate import certificate_maps
from dakpn.figures.curves import training_curves
from dakpn.figures.heatmap import class_heatmap
from dakpn.figures.predictions import segmentation_predictions
from dakpn.figures.qualitative import translation_grid
from dakpn.figures.theta import theta_channels
from dakpn.figures.trajectory import score_against_length, watched_curves
from dakpn.figures.zoom import zoomed_crops
from dakpn.tables.scores import stored


def draw(settings: Mapping[str, Any], inputs: Mapping[str, Any], path: str | Path) -> None:
    """Draw the figure of a job. settings, inputs: `settings` and paths of `needs` of a node of `dakpn.plan.figures`."""
    kind, labels = settings["kind"], settings["labels"]

    def files(name: str) -> list[str]:
        # Snakemake hands a list of one file over as the file.
        return [inputs[name]] if isinstance(inputs[name], str) else list(inputs[name])

    def named(name: str) -> dict[str, str]:
        return dict(zip(labels, files(name), strict=True))

    if kind == "curves":
        training_curves(named("histories"), path)
    elif kind == "diagnosis":
        watched_curves(named("histories"), path)
    elif kind == "trajectory":
        points = pd.read_csv(inputs["points"])
        points = points[points["task"] == settings["task"]]
        score_against_length(points, path, labels=labels, controls=settings["controls"])
    elif kind == "classes":
        stores = stored(settings["stores"], files("stores"))
        class_heatmap(stores, path, labels=labels, protocol=settings["protocol"])
    else:
        _photographs(kind, settings, inputs, named, path)


def _photographs(kind: str, settings: Mapping, inputs: Mapping, named: Callable, path: str | Path) -> None:
    target = View.open(inputs["target"])
    scenes = min(2, settings["samples"])
    if kind == "geometry":
        certificate_maps(inputs["maps"], target.label_space, path, labels=settings["labels"])
    elif kind == "predictions":
        segmentation_predictions(named("predictions"), target.label_space, path, scenes=scenes)
    elif kind == "theta":
        theta_channels(next(iter(named("samples").values())), target.label_space, path, scenes=scenes)
    elif kind == "crops":
        zoomed_crops(named("samples"), target.images[0], path)
    else:
        translation_grid(named("samples"), target.images[:8], path, columns=settings["samples"])
