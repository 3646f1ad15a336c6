"""Tables of where the noise of scores comes from, and of what more seeds or test images would decide."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dakpn.evaluation.comparison import MARGIN, Counts, compare, in_points
from dakpn.evaluation.components import MOST, components, images_to_decide, seeds_to_decide
from dakpn.evaluation.protocols import protocol_named, scores_under
from dakpn.evaluation.statistics import combined
from dakpn.tables.lines import frame
from dakpn.tables.notes import LEADING, duration

Groups = Mapping[tuple[str, str], Counts]
"""(task, resolution) -> confusion matrices of its segmentation scores."""
UNKNOWN = "not measured"


def components_table(
    groups: Groups, optimised: Mapping[str, bool], *, run: str, protocol: str, labels: Mapping[str, str]
) -> pd.DataFrame:
    """One line per task, method, resolution and source of noise: its standard deviation in points in the mIOU of one
    training; and the translator's share of the variance in percent with its 95 % interval.

    optimised: method -> whether its translator differs from seed to seed. labels: method -> label, in display order.
    """
    policy, lines = protocol_named(protocol), []
    for (task, resolution), counts in groups.items():
        numbers = {method: metrics[LEADING] for method, metrics in in_points(counts, policy).items()}
        scores = {
            method: 100
            * np.array(
                [[scores_under(k, policy, counts.label_space)[0][LEADING] for k in own] for own in seeds.values()]
            )
            for method, seeds in counts.of.items()
        }
        for method, parts in components(numbers, scores, optimised).items():
            about = dict(table="components", task=task, method=labels[method], resolution=resolution, source="measured")
            about |= dict(run=run, protocol=protocol, seeds=len(scores[method]))
            for part in ("translator", "segmenter", "images"):
                deviation = float(np.sqrt(getattr(parts, part)))
                shown = UNKNOWN if np.isnan(deviation) else f"{deviation:.2f}"
                lines.append({**about, "metric": f"{part} sd", "value": deviation, "unit": "points", "shown": shown})
            share, low, high = (100 * end for end in (parts.share, parts.low, parts.high))
            shown = "–" if np.isnan(share) else f"{share:.0f} [{low:.0f}, {high:.0f}]"
            ends = dict(value=share, ci_low=low, ci_high=high, unit="percent", shown=shown)
            lines.append({**about, "metric": "translator's share", **ends})
    places = list(labels.values())
    return frame(sorted(lines, key=lambda line: places.index(line["method"])))


def component_sentences(table: pd.DataFrame) -> list[str]:
    """Per task and resolution: the method whose translator's seed makes up most of its spread."""
    shares = table[(table["metric"] == "translator's share") & (table["value"] > 0)]
    return [
        f"{task}, {size}: of the variance of one training of {top.method} {top.value:.0f} % is the translator's seed "
        f"[95 % interval {top.ci_low:.0f} to {top.ci_high:.0f} %]."
        for (task, size), lines in shares.groupby(["task", "resolution"], sort=False)
        for top in [lines.loc[lines["value"].idxmax()]]
    ]


def power_table(
    groups: Groups, costs: pd.DataFrame, *, run: str, protocol: str, labels: Mapping[str, str]
) -> pd.DataFrame:
    """One line per undecided pair of methods and what would decide it: the number of seeds in all, their price, or the
    number of test images with the seeds as they are.

    costs: as `dakpn.efficiency.job_costs.read_costs` gives them.
    """
    policy, lines = protocol_named(protocol), []
    for (task, resolution), counts in groups.items():
        numbers = {method: metrics[LEADING] for method, metrics in in_points(counts, policy).items()}
        pairs = compare(counts, policy)[LEADING].pairs
        for pair in pairs:
            if pair.verdict != "undecided" or np.isnan(pair.p):
                continue
            gap = combined((numbers[pair.a], 1.0), (numbers[pair.b], -1.0))
            now = min(len(numbers[name].seeds) for name in (pair.a, pair.b))
            seeds = seeds_to_decide(gap, now, 100 * MARGIN, len(pairs))
            factor = images_to_decide(gap, 100 * MARGIN, len(pairs))
            seconds = sum(_seconds_per_seed(costs, task, name) for name in (pair.a, pair.b))
            images, price = factor and factor * len(counts.ids), seeds and (seeds - now) * seconds
            values = {
                "difference": (gap.value, "points", f"{gap.value:+.2f}"),
                "seeds": (seeds, "", f"more than {MOST}" if seeds is None else f"{seeds}"),
                "price": (price, "s", "–" if price is None else duration(price)),
                "test images": (images, "", "–" if images is None else f"{images}"),
            }
            about = dict(table="power", task=task, method=f"{labels[pair.a]} less {labels[pair.b]}", run=run)
            about |= dict(resolution=resolution, source="measured", protocol=protocol, seeds=now)
            for metric, (value, unit, shown) in values.items():
                lines.append({**about, "metric": metric, "value": value, "unit": unit, "shown": shown})
    return frame(lines)


def _seconds_per_seed(costs: pd.DataFrame, task: str, method: str) -> float:
    """Seconds of all jobs of a method that one more seed repeats, on the device that ran them."""
    own = costs[(costs["task"] == task) & (costs["method"] == method) & costs["seed"].notna()]
    return float(own.groupby("seed")["seconds"].sum().mean()) if len(own) else 0.0
