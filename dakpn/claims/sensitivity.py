"""The sensitivity table: effects of single settings of training on mIoU, one changed at a time."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dakpn.evaluation.comparison import LEVEL, holm, in_points
from dakpn.evaluation.protocols import protocol_named
from dakpn.evaluation.statistics import combined
from dakpn.tables.listing import Listing, write_listings
from dakpn.tables.scores import gather_groups

METRIC = "mIOU"
NOTES = (
    "Every row trains everything that depends on the setting anew. Effect: changed minus own, in points of mIoU, "
    "paired over training seeds and test images, with its own 95 % interval.",
    "A change counts as raising or lowering mIoU only after Holm's correction over all rows at 5 %.",
    "Settings, and what the paper and its released code do: paper/decisions.yaml.",
)


def sensitivity_rows(
    stores: Iterable[tuple[Sequence[Any], str]], switches: Sequence[Mapping[str, Any]], *, protocol: str
) -> pd.DataFrame:
    """One row per switch.

    stores: ((task, method, segmenter, resolution, seed, replicate), path) of the methods as they are and changed.
    switches: name, task, label, section, before and after (key -> value), own and changed (method, segmenter).
    """
    groups = gather_groups(
        ((task, resolution), (f"{method} {segmenter}", *draw, path))
        for (task, method, segmenter, resolution, *draw), path in stores
    )
    scored = {}
    for (task, resolution), counts in groups.items():
        for name, numbers in in_points(counts, protocol_named(protocol)).items():
            scored[task, name] = (resolution, numbers[METRIC])
    rows = []
    for switch in switches:
        size, own = scored[switch["task"], " ".join(switch["own"])]
        _, changed = scored[switch["task"], " ".join(switch["changed"])]
        gap = combined((changed, 1.0), (own, -1.0))
        low, high = gap.interval()
        about = {key: switch[key] for key in ("name", "task", "label", "section")}
        about |= {key: ", ".join(f"{k}: {v}" for k, v in switch[key].items()) for key in ("before", "after")}
        numbers = dict(own=own.value, changed=changed.value, effect=gap.value, low=low, high=high, p=gap.differs())
        rows.append({**about, "resolution": size, "metric": METRIC, **numbers, "seeds": len(own.seeds)})
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p"])
    return table.assign(verdict=[_verdict(row.effect, row.p_holm) for row in table.itertuples()])


def write_sensitivity(rows: pd.DataFrame, stem: str | Path, *, procedural: bool = False) -> None:
    """Write `stem`.csv, .md and .html. rows: from `sensitivity_rows`."""
    above = ["Procedural miniature data: effects here say little about real data."] * procedural
    if (rows["seeds"] == 1).any():
        above.append(
            "One seed: training noise is not measured, so no effect is judged; intervals are of test images only."
        )
    texts = [
        {
            "Setting": f"{row.label}, {row.section}: {row.before}",
            "Changed to": row.after,
            "mIOU, own": f"{row.own:.2f}",
            "mIOU, changed": f"{row.changed:.2f}",
            "Effect [95 % interval]": f"{row.effect:+.2f} [{row.low:+.2f}, {row.high:+.2f}]",
            "Verdict": row.verdict,
        }
        for row in rows.itertuples()
    ]
    kinds = ("plain", "plain", "measured", "measured", "measured", "measured")
    write_listings(stem, rows, [Listing("Sensitivity to single settings", pd.DataFrame(texts), kinds, above, NOTES)])


def _verdict(effect: float, p_holm: float) -> str:
    if np.isnan(p_holm):
        return "not judged"
    return ("raises" if effect > 0 else "lowers") if p_holm < LEVEL else "cannot be told apart"
