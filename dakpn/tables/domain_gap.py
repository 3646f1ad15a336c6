"""Scores as a share of the gap between a segmenter trained on untranslated source images and one trained on the target.

0 percent: no better than the source; 100 percent: as good as the target's own labels. The share of a gap that is
small is left out.
"""

import math
from collections.abc import Mapping

import pandas as pd

from dakpn.tables.lines import frame

SOURCE, ORACLE = "identity", "oracle"
SMALLEST = 1.0
"""Points of a score; a gap must be larger than this and than its own 95 % half-width (decision gap-smallest)."""
GAP = "Gap in points"


def gap_table(rows: pd.DataFrame, *, run: str, protocol: str, labels: Mapping[str, str]) -> pd.DataFrame:
    """One line per task, method, resolution and metric: (score - source) / (oracle - source) in percent.

    rows: scores.csv (task, method, resolution, seed, metric, value, ci_low, ci_high, protocol) of kind segmentation.
    labels: method -> label, in display order. Scores are means over seeds; seed_sd is the standard deviation of score -
    source over seeds as a share of the mean gap. The interval holds both noises: of test images, from the scores' own
    intervals, and of seeds, from Student's t; the three scores count as independent, which overstates it where they
    share test images. The last line is the gap itself in points. Without both ends of a gap there is no line.
    """
    rows = rows[rows["protocol"] == protocol]
    lines = []
    for (task, resolution, metric), group in rows.groupby(["task", "resolution", "metric"], sort=False):
        about = dict(table="gap", task=task, resolution=resolution, metric=metric, source="measured", run=run)
        scores = {method: lines.set_index("seed") for method, lines in group.groupby("method", sort=False)}
        if not {SOURCE, ORACLE} <= set(scores):
            continue
        gap = _mean(scores[ORACLE]) - _mean(scores[SOURCE])
        uncertain = math.hypot(_half_width(scores[ORACLE]), _half_width(scores[SOURCE]))
        known = gap > max(SMALLEST, uncertain)
        for method in (name for name in labels if name in scores):
            if method not in (SOURCE, ORACLE):
                line = _share(scores, method, gap) if known else dict(seeds=0, shown="gap too small")
                lines.append({**about, "method": labels[method], "unit": "percent", **line})
        ends = dict(ci_low=gap - uncertain, ci_high=gap + uncertain)
        lines.append({**about, "method": GAP, "unit": "points", "seeds": len(scores[SOURCE]), **_shown(gap, **ends)})
    lines.sort(key=lambda line: line["method"] == GAP)
    return frame(lines).assign(protocol=protocol)


def _share(scores: dict[str, pd.DataFrame], method: str, gap: float) -> dict:
    """Share in percent; its interval by first-order propagation of the three scores' half-widths."""
    ours, source, oracle = (scores[name] for name in (method, SOURCE, ORACLE))
    share = (_mean(ours) - _mean(source)) / gap
    parts = (_half_width(ours), (1 - share) * _half_width(source), share * _half_width(oracle))
    half = 100 * math.hypot(*parts) / gap
    gain = (ours["value"] - source["value"]).dropna()
    spread = 100 * gain.std(ddof=1) / gap
    return dict(seeds=len(gain), seed_sd=spread, **_shown(100 * share, 100 * share - half, 100 * share + half))


def _mean(score: pd.DataFrame) -> float:
    return float(score["value"].mean())


def _half_width(score: pd.DataFrame) -> float:
    """Half of the 95 % interval of a mean over seeds, in points."""
    # Imported here because only this needs scipy and every table would pay for it.
    from scipy.stats import t

    images = float((score["ci_high"] - score["ci_low"]).mean()) / 2
    count = len(score)
    seeds = float(t.ppf(0.975, count - 1) * score["value"].std(ddof=1)) / math.sqrt(count) if count > 1 else 0.0
    return math.hypot(images, seeds)


def _shown(value: float, ci_low: float, ci_high: float) -> dict:
    # Rounding first keeps the digits in `shown` those of `value`.
    value, low, high = (round(number, 8) for number in (value, ci_low, ci_high))
    # Adding zero turns -0.0 into 0.0.
    texts = [f"{round(number, 1) + 0.0:.1f}" for number in (value, low, high)]
    interval = "" if math.isnan(low) else f" [{texts[1]}, {texts[2]}]"
    return dict(value=value, ci_low=low, ci_high=high, shown=texts[0] + interval)
