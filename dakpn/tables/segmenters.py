"""Whether the order of methods survives another segmenter: every method's score under each of a task's segmenters."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from scipy.stats import kendalltau

from dakpn.evaluation.comparison import compare, gather
from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.protocols import protocol_named, scores_under
from dakpn.tables.lines import COLUMNS, mean_line
from dakpn.tables.notes import LEADING, MARKS


def segmenter_table(settings: Mapping[str, Any], paths: Iterable[str]) -> pd.DataFrame:
    """One line per segmenter, method and metric: the mean over seeds in percent with its 95 % interval, and `place`,
    the method's place among the methods under that segmenter, 1 = best; equal means share one. Mark "rank": another
    place than under the first segmenter.

    settings: of the plan's node. paths: of the confusion stores, in the order of settings["stores"].
    """
    protocol, labels, lines = protocol_named(settings["protocol"]), settings["labels"], []
    by_segmenter: dict[str, list[tuple[str, int, str]]] = {}
    for (segmenter, method, seed), path in zip(settings["stores"], map(str, paths), strict=True):
        by_segmenter.setdefault(segmenter, []).append((method, seed, path))
    first: dict[str, dict[str, int]] = {}
    for segmenter, stores in by_segmenter.items():
        counts = gather(stores)
        comparisons = compare(counts, protocol)
        for metric in METRICS:
            scores = {
                method: pd.Series(
                    [100 * scores_under(one, protocol, counts.label_space)[0][metric] for one in of_seeds]
                )
                for method, of_seeds in counts.of.items()
            }
            means = pd.Series({method: of_seeds.mean() for method, of_seeds in scores.items()})
            places = means.round(8).rank(ascending=False, method="min").astype(int).to_dict()
            usual = first.setdefault(metric, places)
            for method in (name for name in labels if name in scores):
                low, high = (100 * end for end in comparisons[metric].intervals[method])
                mean = mean_line(scores[method], "percent")
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
