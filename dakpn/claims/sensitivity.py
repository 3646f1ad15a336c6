"""The sensitivity table: what single settings of training are worth in mIoU, one changed at a time."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dakpn.claims.evidence import read_groups, score_group
from dakpn.claims.verdicts import Gap
from dakpn.evaluation.comparison import LEVEL, holm
from dakpn.tables.listing import Listing, write_listings
from dakpn.tables.scores import Stored

METRIC = "mIOU"
NOTES = (
    "Every row trains everything that depends on the setting anew. Effect: changed less own, in points of mIoU, paired "
    "over training seeds and test images, with its own 95 % interval.",
    "A change counts as raising or lowering mIoU only after Holm's correction over all rows at 5 %.",
    "Settings, and what the paper and its released code do: paper/decisions.yaml.",
)


def sensitivity_rows(
    stores: Iterable[Stored],
    switches: Sequence[Mapping[str, Any]],
    *,
    spaces: Mapping[str, str],
    protocol: str,
    configuration: str,
) -> pd.DataFrame:
    """One row per switch.

    stores: confusion stores of the methods and of the changed methods. switches: name, task, method, label, changed
    (the changed method's name), section, before and after (key -> value). spaces: label space by task. configuration:
    mark of the configuration that this belongs to.
    """
    scored = {
        (group[1], method): (group[2], numbers[METRIC])
        for group, methods in read_groups(stores).items()
        for method, numbers in score_group(methods, spaces[group[1]], protocol).items()
    }
    rows = []
    for switch in switches:
        size, own = scored[switch["task"], switch["method"]]
        _, changed = scored[switch["task"], switch["changed"]]
        gap = Gap.between(changed, own)
        low, high = gap.interval()
        settings = {key: ", ".join(f"{k}: {v}" for k, v in switch[key].items()) for key in ("before", "after")}
        about = {key: switch[key] for key in ("name", "task", "method", "label", "section")}
        p = min(1.0, 2 * min(gap.above(0.0), gap.below(0.0))) if gap.decides else np.nan
        numbers = dict(own=own.value, changed=changed.value, effect=gap.value, low=low, high=high, p=p)
        rows.append({**about, **settings, "resolution": size, "metric": METRIC, **numbers, "seeds": len(own.seeds)})
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p"])
    table["verdict"] = [_verdict(row.effect, row.p_holm) for row in table.itertuples()]
    return table.assign(configuration=configuration)


def write_sensitivity(rows: pd.DataFrame, stem: str | Path, *, procedural: bool = False) -> None:
    """Write `stem`.csv, .md and .html. rows: from `sensitivity_rows`."""
    above = ["Procedural miniature data: what a setting is worth here says little about real data."] * procedural
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
