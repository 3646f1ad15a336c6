"""Figures from finished rows and samples, one PNG each."""

from collections.abc import Mapping
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


def draw(settings: Mapping[str, Any], inputs: Mapping[str, Any], path: str | Path) -> None:
    """Draw the figure of a job. settings, inputs: `settings` and paths of `needs` of `dakpn.plan.results.Figure`."""
    kind, labels = settings["kind"], settings["labels"]

    def named(name: str) -> dict[str, str]:
        paths = inputs[name]
        return dict(zip(labels, [paths] if isinstance(paths, str) else paths, strict=True))

    if kind == "curves":
        training_curves(named("histories"), path)
    elif kind == "diagnosis":
        watched_curves(named("histories"), path)
    elif kind == "trajectory":
        points = pd.read_csv(inputs["points"])
        points = points[points["task"] == settings["task"]]
        score_against_length(points, path, labels=labels, controls=settings["controls"])
    elif kind == "classes":
        files = inputs["classes"]
        rows = pd.concat(map(pd.read_csv, [files] if isinstance(files, str) else files), ignore_index=True)
        class_heatmap(rows[rows["protocol"] == settings["protocol"]], path, labels=labels)
    else:
        target = View.open(inputs["target"])
        if kind == "geometry":
            certificate_maps(inputs["maps"], target.label_space, path, labels=labels)
        elif kind == "predictions":
            segmentation_predictions(named("predictions"), target.label_space, path, rows=settings["samples"])
        elif kind == "theta":
            theta_channels(
                next(iter(named("samples").values())), target.label_space, path, rows=min(2, settings["samples"])
            )
        elif kind == "crops":
            zoomed_crops(named("samples"), target.images[0], path)
        else:
            translation_grid(named("samples"), target.images[:8], path, columns=settings["samples"])
