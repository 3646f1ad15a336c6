"""Whether the order of methods survives another segmenter: every method's score under each of a task's segmenters."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from scipy.stats import kendalltau

from dakpn.evaluation.comparison import compare
from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.protocols import protocol_named
from dakpn.tables.lines import COLUMNS, mean_line
from dakpn.tables.notes import LEADING, MARKS
from dakpn.tables.scores import gather_groups, scores_by_seed


def segmenter_table(settings: Mapping[str, Any], paths: Iterable[str]) -> pd.DataFrame:
    """One line per segmenter, method and metric: the mean over seeds in percent with its 95 % interval, and `place`,
    the method's place among the methods under that segmenter, 1 = best; equal means share one. Mark "rank": another
    place than under the first segmenter.

    settings: of the plan's node. paths: of the confusion stores, in the order of settings["stores"].
    """
    protocol, labels, lines = protocol_named(settings["protocol"]), settings["labels"], []
    stores = zip(settings["stores"], map(str, paths), strict=True)
    first: dict[str, dict[str, int]] = {}
    groups = gather_groups((name, (*which, path)) for (name, *which), path in stores)
    for segmenter, counts in groups.items():
        comparisons = compare(counts, protocol)
        scored = scores_by_seed(counts, protocol).items()
        for metric in METRICS:
            of_seeds = {m: {seed: 100 * score[metric] for seed, score in seeds.items()} for m, seeds in scored}
            scores = pd.DataFrame({m: pd.Series(seeds) for m, seeds in of_seeds.items()})
            places = scores.mean().round(8).rank(ascending=False, method="min").astype(int).to_dict()
            usual = first.setdefault(metric, places)
            for method in (name for name in labels if name in scores):
                low, high = (100 * end for end in comparisons[metric].intervals[method])
                mean = mean_line(scores[method].dropna(), "percent")
                line = dict(table=f"segmenters-{settings['task']}", task=settings["task"], method=labels[method])
                line |= dict(resolution=settings["segmenters"][segmenter], size=settings["resolution"], metric=metric)
                line |= dict(run=settings["run"], protocol=protocol.name, source="measured", place=places[method])
                shown = f"{mean['shown']} [{low:.2f}, {high:.2f}]"
                line |= {**mean, "ci_low": round(low, 8), "ci_high": round(high, 8), "shown": shown}
                lines.append({**line, "marks": "rank" if places[method] != usual[method] else ""})
    return pd.DataFrame(lines, columns=[*COLUMNS, "place"])


def segmenter_notes(table: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Title, sentences and shown lines of a table by `segmenter_table`, ready for `write(table, stem, ...)`."""
    lines = table[table["metric"] == LEADING]
    places = lines.pivot(index="method", columns="resolution", values="place")
    usual, *others = list(settings["segmenters"].values())
    sentences = []
    for other in others:
        tau = kendalltau(places[usual], places[other]).statistic
        said = f"Kendall's tau {tau:.2f} over {len(places)} methods (1 = the same order)"
        sentences.append(
            f"Order of methods under {other} and under {usual}: "
            + ("no Kendall's tau, because all methods are equal under one of them." if math.isnan(tau) else f"{said}.")
        )
    task, size = settings["task"], settings["resolution"]
    return dict(
        title=f"Segmentation of {task} by other segmenters ({LEADING}, {size})",
        notes=[
            "Every segmenter is trained on the same translations with its own budget; mean over seeds [95 % interval "
            "over seeds and test images]. With one seed: over test images alone.",
            MARKS["rank"][1].replace("the first protocol", "the first segmenter"),
            *sentences,
        ],
        display=lines,
    )
