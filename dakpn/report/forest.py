"""The forest plot of the answer: mIOU less the untranslated source's, a row for each method, as places on one axis."""

import math
from collections.abc import Mapping
from typing import Any

from dakpn.report.answer import Answer, Gap

TICKS = 6
"""At most so many numbers stand below the axis."""


def forest(answer: Answer, reference: Mapping[str, Gap]) -> dict[str, Any]:
    """What answer.html.j2 draws: task, size, rows in display order and ticks. Places are percent of the width.

    A row has label, kind, text and marks: (place, low, high) of this run and, hollow, of the reference, which is
    another run of the same methods. reference: label -> that method minus the source. The axis holds every number and
    the intervals of this run; an interval of the reference that is wider is cut.
    """
    shown = [gap for label, gap in reference.items() if label in answer.gains]
    ends = [end for gap in answer.gains.values() for end in (gap.low, gap.high, gap.value)]
    ends = [end for end in (*ends, *(gap.value for gap in shown), 0.0) if math.isfinite(end)]
    step = _step(max(ends) - min(ends))
    low, high = step * math.floor(min(ends) / step), step * math.ceil(max(ends) / step)
    high += step * (low == high)

    def place(value: float) -> float:
        return round(100 * (min(max(value, low), high) - low) / (high - low), 2)

    def mark(gap: Gap) -> dict[str, float]:
        ends = (end if math.isfinite(end) else gap.value for end in (gap.low, gap.high))
        return dict(zip(("low", "high"), map(place, ends), strict=True), at=place(gap.value))

    rows = [
        {
            "label": label,
            "kind": answer.kinds[label],
            "gap": gap,
            "mark": mark(gap),
            "hollow": mark(reference[label]) if label in reference else None,
        }
        for label, gap in answer.gains.items()
    ]
    ticks = [(place(step * n), f"{step * n:+g}" if n else "0") for n in _between(low, high, step)]
    return {"task": answer.task, "size": answer.size, "rows": rows, "ticks": ticks, "zero": place(0.0)}


def _step(width: float) -> float:
    """1, 2 or 5 times a power of ten, so that TICKS steps or fewer hold the width."""
    least = max(width, 1e-6) / TICKS
    power = 10 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _between(low: float, high: float, step: float) -> range:
    return range(round(low / step), round(high / step) + 1)
