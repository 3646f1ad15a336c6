"""Figures from finished rows and samples: charts as SVG, photographs as PNG."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from dakpn.data.views import View
from dakpn.efficiency.job_costs import read_costs
from dakpn.figures.against import first_scores, prices, score_against_cost, score_against_fidelity
from dakpn.figures.certificate import certificate_maps
from dakpn.figures.curves import training_curves
from dakpn.figures.heatmap import class_heatmap
from dakpn.figures.predictions import segmentation_predictions
from dakpn.figures.protocols import protocol_ranks
from dakpn.figures.qualitative import translation_grid
from dakpn.figures.reported import columns, reported_slopes
from dakpn.figures.theta import theta_channels
from dakpn.figures.trajectory import score_against_length, watched_curves
from dakpn.figures.variance import variance_split
from dakpn.figures.waterfall import shift_waterfall
from dakpn.figures.zoom import zoomed_crops
from dakpn.tables.scores import stored


def draw(settings: Mapping[str, Any], inputs: Mapping[str, Any], path: str | Path) -> None:
    """Draw the figure of a job. settings, inputs: `settings` and paths of `needs` of a node of `dakpn.plan.figures`."""
    # Snakemake hands a list of one file over as the file.
    files = {name: [paths] if isinstance(paths, str) else list(map(str, paths)) for name, paths in inputs.items()}

    def tables(name: str = "tables") -> list[pd.DataFrame]:
        return [pd.read_csv(file) for file in files[name]]

    labels = settings["labels"]
    charts: dict[str, Callable[[], None]] = {
        "curves": lambda: training_curves(_named(labels, files["histories"]), path),
        "diagnosis": lambda: watched_curves(_named(labels, files["histories"]), path),
        "trajectory": lambda: score_against_length(
            tables("points")[0].loc[lambda rows: rows["task"] == settings["task"]],
            path,
            labels=labels,
            controls=settings["controls"],
        ),
        "classes": lambda: class_heatmap(
            stored(settings["stores"], files["stores"]), path, labels=labels, protocol=settings["protocol"]
        ),
        "reported": lambda: _reported(settings, zip(tables("csv"), tables("differences_csv"), strict=True), path),
        "waterfall": lambda: shift_waterfall(tables("rows")[0], path),
        "variance": lambda: variance_split(tables("rows")[0], path, labels=labels),
        "protocols": lambda: protocol_ranks(tables(), path, labels=labels),
        "fidelity": lambda: score_against_fidelity(
            tables("rows")[0], first_scores(tables(), labels), path, labels=labels
        ),
        "cost": lambda: score_against_cost(
            prices(read_costs(files["costs"]), settings["encoders"]),
            first_scores(tables(), labels),
            path,
            labels=labels,
        ),
    }
    charts.get(settings["kind"], lambda: _photographs(settings, files, path))()


def _named(labels: list[str], files: list[str]) -> dict[str, str]:
    return dict(zip(labels, files, strict=True))


def _reported(settings: Mapping[str, Any], tables: Iterable[tuple[pd.DataFrame, ...]], path: str | Path) -> None:
    labels = {method: label for rows in settings["tables"].values() for label, method in rows.items()}
    labels |= settings["labels"]
    shown = [
        column
        for (spoken, rows), pair in zip(settings["tables"].items(), tables, strict=True)
        for column in columns(spoken, *pair, rows, labels)
    ]
    reported_slopes(shown, path, labels=labels)


def _photographs(settings: Mapping[str, Any], files: Mapping[str, list[str]], path: str | Path) -> None:
    kind, labels, target = settings["kind"], settings["labels"], View.open(files["target"][0])
    scenes = min(2, settings["samples"])
    if kind == "geometry":
        certificate_maps(files["maps"][0], target.label_space, path, labels=labels)
    elif kind == "predictions":
        named = _named(labels, files["predictions"])
        segmentation_predictions(named, target.label_space, path, scenes=scenes)
    elif kind == "theta":
        theta_channels(files["samples"][0], target.label_space, path, scenes=scenes)
    elif kind == "crops":
        zoomed_crops(_named(labels, files["samples"]), target.images[0], path)
    else:
        translation_grid(_named(labels, files["samples"]), target.images[:8], path, columns=settings["samples"])
