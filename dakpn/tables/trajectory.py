"""Score against training length: the points of the curves, and what each way of choosing an iteration would report."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.protocols import protocol_named, scores_under
from dakpn.tables.lines import NOT_RUN
from dakpn.tables.listing import Listing, write_listings
from dakpn.tables.notes import LEADING, flips

SOURCE, ORACLE = "identity", "oracle"
KINDS = ("segmentation", "fcn_score", "held_out")
WAYS = {
    "last": "Last",
    "target labels": "Best by target labels (leaks)",
    "source labels": "Best by source labels",
    "FCN-Score": "Best FCN-Score",
    "last three": "Mean of last three",
}
"""How an iteration is chosen -> heading."""
_CHOOSES = {"target labels": "segmentation", "source labels": "held_out", "FCN-Score": "fcn_score"}
NOTES = (
    "mIOU in percent on the target's validation images, mean ± standard deviation over seeds (iteration that each seed "
    "chose). Every iteration is a snapshot of one training, and a segmenter of its own is trained on each.",
    "Leaks: chosen by the labels that the score is measured on. Best by source labels: the highest mIOU of the "
    "snapshot's segmenter on translated held-out source images. Best FCN-Score: the highest mIOU of the judge, which "
    "is trained on the target's labels, on the translated training images. Of equal snapshots the earliest is taken.",
    "A schedule of learning rates is that of the whole training: CycleGAN's rate falls from the middle on, so its "
    "snapshots are not those of shorter trainings. DA-KPN's rates are constant.",
)


def points(
    stores: Iterable[tuple[Sequence[Any], str]],
    seconds: pd.DataFrame,
    snapshots: Mapping[str, tuple[str, int]],
    *,
    protocol: str,
) -> pd.DataFrame:
    """One row per task, method, iteration, seed and replicate: mIOU in percent of each of KINDS, and the seconds of
    training; methods of the run have neither iteration nor seconds.

    stores: ((kind, task, method, resolution, seed, replicate), path). seconds: task, method, seed, iteration, seconds.
    snapshots: name of a method at an iteration -> (method, iteration).
    """
    rows = []
    for (kind, task, name, resolution, seed, replicate), path in stores:
        store = ConfusionStore.load(path)
        value = 100 * scores_under(store.counts, protocol_named(protocol), store.label_space)[0][LEADING]
        method, iteration = snapshots.get(name, (name, np.nan))
        about = dict(task=task, method=method, resolution=resolution, iteration=iteration, seed=seed)
        rows.append({**about, "replicate": replicate, "kind": kind, "value": value})
    keys = ["task", "method", "resolution", "iteration", "seed", "replicate"]
    table = pd.DataFrame(rows).set_index([*keys, "kind"])["value"].unstack("kind").reindex(columns=KINDS).reset_index()
    return table.merge(seconds[["task", "method", "seed", "iteration", "seconds"]], how="left")


def chosen(curve: pd.DataFrame, way: str) -> tuple[float, int | None]:
    """What one training would report, chosen in one of WAYS: mIOU on the target, and the iteration if it is one.

    curve: the points of a method and seed. nan where what chooses was not measured.
    """
    curve = curve.sort_values("iteration")
    if way == "last three":
        return float(curve["segmentation"].tail(3).mean()), None
    by = curve["iteration"] if way == "last" else curve[_CHOOSES[way]]
    if by.isna().any():
        return np.nan, None
    best = curve.loc[by.idxmax()]
    return float(best["segmentation"]), int(best["iteration"])


def choices(rows: pd.DataFrame, labels: Mapping[str, str], controls: Sequence[str]) -> pd.DataFrame:
    """One row per task, method and way of choosing: mean and standard deviation over seeds, and each seed's iteration.

    rows: from `points`. labels: method -> label, in display order. The untranslated source, the best of `controls` and
    the target are the same in every way.
    """
    lines = []
    for task, of_task in rows.groupby("task", sort=False):
        fixed = of_task[of_task["iteration"].isna()]
        beside = {SOURCE, best_control(fixed, controls), ORACLE}
        for method in (name for name in labels if name in set(of_task["method"])):
            curves = of_task[(of_task["method"] == method) & of_task["iteration"].notna()]
            if curves.empty and method not in beside:
                continue
            for way in WAYS:
                taken = [chosen(curve, way) for _, curve in curves.groupby("seed")]
                values = pd.Series([value for value, _ in taken]) if taken else _by_seed(fixed, method)
                about = dict(task=task, method=labels[method], way=way, metric=LEADING, value=values.mean(skipna=False))
                iterations = ", ".join(str(iteration) for _, iteration in taken if iteration)
                lines.append({**about, "seed_sd": values.std(), "seeds": len(values), "iterations": iterations})
    return pd.DataFrame(lines)


def best_control(fixed: pd.DataFrame, controls: Sequence[str]) -> str | None:
    """The control with the highest mean mIOU on the target; None where there is none. fixed: of `points`."""
    means = fixed[fixed["method"].isin(controls)].groupby("method")["segmentation"].mean()
    return None if means.empty else str(means.idxmax())


def write_trajectory(table: pd.DataFrame, stem: str | Path, *, procedural: bool = False) -> None:
    """Write `stem`.csv, .md and .html. table: from `choices`."""
    above = ["Procedural miniature data: lengths here say little about real data."] * procedural
    above += ["One seed: training noise is not measured."] * bool((table["seeds"] == 1).any())
    listings = []
    for task, lines in table.groupby("task", sort=False):
        texts = lines.assign(text=[_shown(line) for line in lines.itertuples()])
        texts = texts.pivot(index="method", columns="way", values="text").loc[lines["method"].unique(), list(WAYS)]
        shown = texts.rename(columns=WAYS).rename_axis(columns=None).reset_index(names="Method")
        usable = lines[~lines["way"].isin(lines.loc[lines["value"].isna(), "way"])]
        order = flips(usable.rename(columns={"way": "protocol"}).assign(resolution=task), kind="ways of choosing")
        notes = [f"{order[0]} Counted from the last iteration, whether or not a difference can be told.", *NOTES]
        kinds = ("plain", *["measured"] * len(WAYS))
        listings.append(Listing(f"What each way of choosing would report ({task})", shown, kinds, above, notes))
    write_listings(stem, table, listings)


def _by_seed(fixed: pd.DataFrame, method: str) -> pd.Series:
    return fixed[fixed["method"] == method].groupby("seed")["segmentation"].mean()


def _shown(line: Any) -> str:
    if np.isnan(line.value):
        return NOT_RUN
    spread = "" if np.isnan(line.seed_sd) else f" ± {line.seed_sd:.2f}"
    return f"{line.value:.2f}{spread}" + f" ({line.iterations})" * bool(line.iterations)
