"""The table of where the noise of scores comes from."""

from collections.abc import Mapping

import pandas as pd

from dakpn.evaluation.comparison import Counts, in_points
from dakpn.evaluation.components import components
from dakpn.evaluation.protocols import protocol_named
from dakpn.tables.lines import frame
from dakpn.tables.notes import LEADING
from dakpn.tables.scores import replicate_scores

Groups = Mapping[tuple[str, str], Counts]
"""(task, resolution) -> confusion matrices of its scores."""
UNKNOWN = "not measured"


def components_table(
    groups: Groups, optimised: Mapping[str, bool], *, run: str, protocol: str, labels: Mapping[str, str]
) -> pd.DataFrame:
    """One line per task, method, resolution, source of noise and measure: the standard deviation in points in the mIOU
    of one training, and the share of its variance in percent, with 95 % intervals.

    optimised: method -> whether its translator differs from seed to seed. labels: method -> label, in display order.
    """
    policy, lines = protocol_named(protocol), []
    for (task, resolution), counts in groups.items():
        images = {method: float(numbers[LEADING].draws.var()) for method, numbers in in_points(counts, policy).items()}
        scores = {method: metrics[LEADING] for method, metrics in replicate_scores(counts, policy, 100).items()}
        for method, parts in components(scores, images, optimised, len(counts.ids)).items():
            about = dict(table="components", task=task, method=labels[method], resolution=resolution, source="measured")
            about |= dict(run=run, protocol=protocol, seeds=len(scores[method]))
            for source, part in parts.items():
                sides = [("sd", "points", part[:3], 2), ("share", "percent", [100 * end for end in part[3:]], 0)]
                for measure, unit, (value, low, high), digits in sides:
                    shown = f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]" if value == value else UNKNOWN
                    ends = dict(value=value, ci_low=low, ci_high=high, unit=unit, shown=shown)
                    lines.append({**about, "metric": f"{source} {measure}", **ends})
    places = list(labels.values())
    return frame(sorted(lines, key=lambda line: places.index(line["method"])))


def component_sentences(table: pd.DataFrame) -> list[str]:
    """Per task and resolution: the method whose translator's seed makes up most of its spread."""
    shares = table[(table["metric"] == "translator share") & (table["value"] > 0)]
    return [
        f"{task}, {size}: of the variance of one training of {top.method} {top.value:.0f} % is the translator's seed "
        f"[95 % interval {top.ci_low:.0f} to {top.ci_high:.0f} %]."
        for (task, size), lines in shares.groupby(["task", "resolution"], sort=False)
        for top in [lines.loc[lines["value"].idxmax()]]
    ]
