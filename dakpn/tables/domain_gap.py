"""Scores as a share of the gap between a segmenter trained on untranslated source images and one trained on the target.

0 percent: no better than the source; 100 percent: as good as the target's own labels. The share of a gap that is
small is left out.
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.statistics import Measured, combined
from dakpn.tables.lines import frame

SOURCE, ORACLE = "identity", "oracle"
SMALLEST = 1.0
"""Points of a score; a gap must be larger than this and than its own 95 % half-width (decision gap-smallest)."""
GAP = "Gap in points"


def gap_table(
    scores: Mapping[tuple[str, str], Mapping[str, Mapping[str, Measured]]],
    *,
    run: str,
    protocol: str,
    labels: Mapping[str, str],
) -> pd.DataFrame:
    """One line per task, method, resolution and metric: (score - source) / (oracle - source) in percent.

    scores: (task, resolution) -> method -> metric -> its segmentation score in percent. labels: method -> label, in
    display order. seed_sd is the standard deviation of score - source over their shared seeds as a share of the mean
    gap. Intervals are paired over seeds and test images, by first-order propagation. The last line is the gap itself in
    points. Without both ends of a gap there is no line.
    """
    lines = []
    for (task, resolution), by_method in scores.items():
        for metric in METRICS if {SOURCE, ORACLE} <= set(by_method) else ():
            about = dict(table="gap", task=task, resolution=resolution, metric=metric, source="measured", run=run)
            numbers = {method: by_method[method][metric] for method in labels if method in by_method}
            gap = combined((numbers[ORACLE], 1.0), (numbers[SOURCE], -1.0))
            low, high = gap.interval()
            # Written so that an unknown interval leaves the share out.
            known = gap.value > SMALLEST and gap.value > (high - low) / 2
            for method in numbers.keys() - {SOURCE, ORACLE}:
                line = _share(numbers, method, gap.value) if known else dict(seeds=0, shown="gap too small")
                lines.append({**about, "method": labels[method], "unit": "percent", **line})
            ends = dict(seeds=len(numbers[SOURCE].seeds), **_shown(gap.value, low, high))
            lines.append({**about, "method": GAP, "unit": "points", **ends})
    places = [*labels.values(), GAP]
    lines.sort(key=lambda line: places.index(line["method"]))
    return frame(lines).assign(protocol=protocol)


def _share(numbers: Mapping[str, Measured], method: str, gap: float) -> dict:
    """Share in percent. Its noise is that of score - (1 - share) source - share oracle, over the gap."""
    ours, source, oracle = (numbers[name] for name in (method, SOURCE, ORACLE))
    share = (ours.value - source.value) / gap
    low, high = combined((ours, 1.0), (source, share - 1), (oracle, -share)).interval()
    half = 100 * (high - low) / 2 / gap
    gain = [ours.seeds[seed] - source.seeds[seed] for seed in ours.seeds.keys() & source.seeds.keys()]
    spread = 100 * float(np.std(gain, ddof=1)) / gap if len(gain) > 1 else math.nan
    return dict(seeds=len(ours.seeds), seed_sd=spread, **_shown(100 * share, 100 * share - half, 100 * share + half))


def _shown(value: float, ci_low: float, ci_high: float) -> dict:
    # Rounding first keeps the digits in `shown` those of `value`.
    value, low, high = (round(number, 8) for number in (value, ci_low, ci_high))
    # Adding zero turns -0.0 into 0.0.
    texts = [f"{round(number, 1) + 0.0:.1f}" for number in (value, low, high)]
    interval = "" if math.isnan(low) else f" [{texts[1]}, {texts[2]}]"
    return dict(value=value, ci_low=low, ci_high=high, shown=texts[0] + interval)
