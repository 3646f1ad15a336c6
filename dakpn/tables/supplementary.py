"""Supplementary tables of measurements on procedural scenes, as tidy tables: means over seeds."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from dakpn.efficiency.job_costs import read_costs
from dakpn.evaluation.comparison import in_points
from dakpn.evaluation.protocols import protocol_named
from dakpn.tables.allocation import allocation_table
from dakpn.tables.components import Groups, component_sentences, components_table
from dakpn.tables.domain_gap import gap_table
from dakpn.tables.lines import IMAGES_ONLY, frame, mean_line
from dakpn.tables.notes import seed_note
from dakpn.tables.power import POWER_NOTES, Prices, power_table, priceless
from dakpn.tables.scores import Stored, gather_groups

Built = tuple[pd.DataFrame, dict[str, Any]]
"""A table and what `write` is told of it."""


def supplement(
    name: str, rows: pd.DataFrame | Sequence[Stored], settings: Mapping[str, Any], costs: Sequence[str] = ()
) -> Built:
    """A supplementary table, and its title and sentences, ready for `write(table, stem, ...)`.

    name: a key of SUPPLEMENTS. rows: of its CSV file, or the stores that it is computed from. settings: of the plan's
    node. costs: paths of the jobs' cost.json, for prices.
    """
    kind, given = SUPPLEMENTS[name], dict(settings)
    seeds = set(rows["seed"]) if isinstance(rows, pd.DataFrame) else {row.seed for row in rows}
    if costs:
        given["prices"] = Prices(read_costs(costs), settings["optimised"], settings["encoders"])
    if not isinstance(rows, pd.DataFrame):
        rows = gather_groups(((s.task, s.resolution), s[2:3] + s[4:]) for s in rows)
    table, around = kind.build(rows, given, {key: settings[key] for key in ("run", "protocol", "labels")})
    notes = [*around.pop("notes", ()), *kind.notes]
    return table, {"title": kind.title, "notes": notes, "above": [seed_note()] * (len(seeds) == 1), **around}


def _gap(groups: Groups, _: Mapping[str, Any], about: Mapping[str, Any]) -> Built:
    scores = {group: in_points(counts, protocol_named(about["protocol"])) for group, counts in groups.items()}
    return gap_table(scores, **about), {"rows": "Method"}


def _components(groups: Groups, settings: Mapping[str, Any], about: Mapping[str, Any]) -> Built:
    table = components_table(groups, settings["optimised"], **about)
    return table, {"rows": "Method", "notes": component_sentences(table)}


def _power(groups: Groups, settings: Mapping[str, Any], about: Mapping[str, Any]) -> Built:
    table = power_table(groups, settings["prices"], **about)
    return table, {"rows": "Methods", "display": priceless(table)}


def _allocation(groups: Groups, settings: Mapping[str, Any], about: Mapping[str, Any]) -> Built:
    table, sentences = allocation_table(groups, settings["prices"], **about)
    return table, {"rows": "Method", "notes": sentences}


def _shift(rows: pd.DataFrame, _: Mapping[str, Any], about: Mapping[str, Any]) -> Built:
    return shift_table(rows, run=about["run"], protocol=about["protocol"]), {"rows": "Shift"}


def _held_out(name: str, rows: pd.DataFrame, settings: Mapping[str, Any], about: Mapping[str, Any]) -> Built:
    return fidelity_table(rows, table=name, images_only=settings["images_only"], **about), {"rows": "Method"}


class Supplement(NamedTuple):
    """A supplementary table: title, how it is built, and the sentences below it."""

    title: str
    build: Callable[[Any, Mapping[str, Any], Mapping[str, Any]], Built]
    notes: tuple[str, ...]


def shift_table(rows: pd.DataFrame, **about: str) -> pd.DataFrame:
    """The shift card: what each part of the procedural domain shift costs a source-only segmenter.

    rows: shift.csv (task, variant, group, metric, value in percent, loss_vs_none in percentage points, seed). Means
    over seeds; `metric` "x lost" is the loss of x. about: run and protocol.
    """
    lines = []
    keys = ["task", "variant", "group", "metric"]
    for (task, variant, group, metric), values in rows.groupby(keys, sort=False, dropna=False):
        label = variant if pd.isna(group) or group in ("", variant) else f"{variant} ({group})"
        line = dict(table="shift", task=task, method=label, source="measured", **about)
        lines.append({**line, "metric": metric, **mean_line(values["value"], "percent")})
        lines.append({**line, "metric": f"{metric} lost", **mean_line(values["loss_vs_none"], "points")})
    return frame(lines)


def fidelity_table(
    rows: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    table: str = "fidelity",
    images_only: Mapping[str, Sequence[str]] | None = None,
    **about: str,
) -> pd.DataFrame:
    """Measurements of every method on held-out scenes, means over seeds. rows: fidelity.csv, or geometry.csv with that
    `table`. images_only: task -> methods without translations of these scenes; they get rows that say so. about: run
    and protocol.
    """
    order, lines = list(labels), []
    metrics = rows[["task", "metric", "unit"]].drop_duplicates()
    without = [(task, method) for task, methods in (images_only or {}).items() for method in methods]
    absent = [metrics[metrics["task"] == task].assign(method=method) for task, method in without]
    rows = pd.concat([rows, *absent], ignore_index=True)
    groups = list(rows.groupby(["task", "method", "metric", "unit"], sort=False, dropna=False))
    for (task, method, metric, unit), values in sorted(groups, key=lambda group: order.index(group[0][1])):
        line = dict(table=table, task=task, method=labels[method], metric=metric, source="measured", **about)
        line |= mean_line(values["value"], "" if pd.isna(unit) else unit)
        lines.append({**line, "shown": IMAGES_ONLY} if (task, method) in without else line)
    return frame(lines)


SUPPLEMENTS = {
    "gap": Supplement(
        "Gap: how much of the way from untranslated source to a network trained on real labels a method goes",
        _gap,
        (
            "(score - source) / (target - source) in percent, of scores averaged over seeds; [95 % interval: noise of "
            "test images and of seeds].",
            "Left out where the gap is not larger than one point and than its own 95 % half-width.",
        ),
    ),
    "components": Supplement(
        "Where the noise of mIOU comes from",
        _components,
        (
            "sd: standard deviation of one training's mIOU, in points, that each source of noise causes alone; share: "
            "of the variance, in percent [95 % interval]. Translator: its training seed, encoder included. Segmenter: "
            "initial weights and order of images. Images: the choice of test images, taken as normal.",
            "With one segmenter per translation, the segmenter's part in optimised methods is that of the methods "
            "whose translation is always the same, pooled: assumed to be alike.",
        ),
    ),
    "power": Supplement(
        "What would decide pairs of methods that this run leaves open (mIOU)",
        _power,
        (
            "Each alone finds the pair different, or less than one point apart, with a chance of 80 %, at Holm's level "
            "for the pairs that are open. Further seeds: of both methods.",
            *POWER_NOTES,
        ),
    ),
    "allocation": Supplement(
        "Seeds for each method by the rule that narrows the widest interval of a difference (mIOU)",
        _allocation,
        (
            "The rule: every method gets three seeds; then, as long as the time allows, one of the two methods of the "
            "widest interval gets one more, that which narrows it most per second. It needs the spread and the costs "
            "that this run measured, and no means.",
            "A seed costs a translator, its translation, and the segmenters and scores of all sizes; an encoder is "
            "charged to every method that needs it.",
        ),
    ),
    "shift": Supplement(
        "Shift card: what each part of the procedural domain shift costs a network trained on untranslated source",
        _shift,
        ("New scenes, the same for every variant but layout; lost: points below the unshifted scenes.",),
    ),
    "fidelity": Supplement(
        "Fidelity: translations of held-out scenes against the true rendering of the same scenes",
        partial(_held_out, "fidelity"),
        ("flip_rate: share of the pixels that the judge names correctly on the true rendering and wrongly here.",),
    ),
    "geometry": Supplement(
        "Geometry certificate: whether a method moves or renames what held-out scenes show",
        partial(_held_out, "geometry"),
        (
            "Reach: how far from one changed source pixel an output pixel moves by more than half an 8-bit step; the "
            "largest of 32 trials, so a lower bound. Parameters fixed: the low-resolution image that theta is read "
            "from is held; DA-KPN's kernel then allows 12 pixels. Methods that read no such image have one reach only.",
            "Edge shift: mean displacement of 32x32 tiles of edges against the source, at most 4 pixels along each "
            "axis. Target: the true rendering of the same scenes, so the estimate for the camera alone.",
            "Semantic flips: share of all pixels that the judge names otherwise than on the true rendering.",
        ),
    ),
}
