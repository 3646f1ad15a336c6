"""What would decide comparisons that a run leaves open, at which price, and the table of the pairs among them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dakpn.evaluation.comparison import LEVEL, MARGIN, in_points
from dakpn.evaluation.comparison import compare as compared
from dakpn.evaluation.components import segmenter_variances
from dakpn.evaluation.power import MOST, Difference, Way, pair_ways, recommend
from dakpn.evaluation.protocols import protocol_named
from dakpn.tables.components import UNKNOWN, Groups
from dakpn.tables.lines import frame
from dakpn.tables.notes import LEADING, duration
from dakpn.tables.scores import replicate_scores
from dakpn.tables.wide import ABSENT

HEADINGS = {"seeds": "further seeds", "replicates": "segmenters per seed", "images": "test images"}
NEVER = {
    "seeds": "no: noise of images",
    "replicates": "no: noise of others",
    "images": "no: noise of training",
}
PRICED = {f"price of {HEADINGS[name]}": name for name in ("seeds", "replicates")}
POWER_NOTES = (
    "If differences and noise are as measured; both come from few seeds, so the numbers are rough. Segmenters and test "
    "images: in all, with the seeds as they are. In brackets: time of the further jobs on the device of this run.",
    "no: the other noise alone is too large, however many there are.",
)
FIXED = ("translator", "translation", "translation_shard")
"""Stages that are run once where a method is not optimised."""


class Price(NamedTuple):
    """Seconds of one further seed, and of one further segmenter with its scores."""

    seed: float
    replicate: float


@dataclass(frozen=True)
class Prices:
    """What more of a method costs on the device of a run. costs: as `dakpn.efficiency.job_costs.read_costs` gives them.
    optimised: method -> whether every seed has its translator. encoders: method -> domain of its encoder, if any."""

    costs: pd.DataFrame
    optimised: Mapping[str, bool]
    encoders: Mapping[str, str]

    def of(self, methods: Iterable[tuple[str, str]]) -> Price:
        """The price of one more for all of (task, method); an encoder that they share is paid once."""
        chosen, costs = set(methods), self.costs
        seed = replicate = 0.0
        for task, method in sorted(chosen):
            own = costs[(costs["task"] == task) & (costs["method"] == method) & costs["seed"].notna()]
            own = own if self.optimised[method] else own[~own["stage"].isin(FIXED)]
            seeds = max(1, own["seed"].nunique())
            seed += own["seconds"].sum() / seeds
            segmenting = own[own["stage"].isin(["segmenter", "score"])]
            count = (segmenting["stage"] == "segmenter").sum()
            sizes = segmenting[["resolution", "segmenter"]].drop_duplicates().shape[0]
            replicate += segmenting["seconds"].sum() * sizes / max(1, count)
        for task, domain in sorted({(task, self.encoders[m]) for task, m in chosen if m in self.encoders}):
            own = costs[(costs["task"] == task) & (costs["stage"] == "encoder") & (costs["domain"] == domain)]
            seed += own["seconds"].mean() if len(own) else 0.0
        return Price(float(seed), float(replicate))


def answers(ways: Sequence[Way], images: int, price: Price) -> dict[str, tuple[float, str, str]]:
    """Heading -> (value, unit, text) of what would decide in one of `ways`; value is nan where there is no number.
    Texts name the price, which has headings of its own.

    images: test images of the run, 0 where they are not resampled. price: of all methods that take part.
    """
    gaps, found = [gap for way in ways for gap, _ in way], recommend(ways)
    now, seeds = max(gap.replicates for gap in gaps), max(side.seeds for gap in gaps for side in gap.sides)
    seconds = {"seeds": lambda number: number * price.seed}
    seconds["replicates"] = lambda number: (number - now) * seeds * price.replicate
    result, paid = {}, {}
    for name, number in found._asdict().items():
        known = number is not None and math.isfinite(number)
        value = number * (images if name == "images" else 1) if known else math.nan
        cost = seconds[name](number) if known and name in seconds else math.nan
        text = "" if math.isnan(cost) else f" ({duration(cost)})"
        result[HEADINGS[name]] = (value, "", _shown(name, number, value) + text)
        paid[name] = (cost, "s", text.strip(" ()") or ABSENT)
    return result | {heading: paid[name] for heading, name in PRICED.items()}


def _shown(name: str, number: float | None, value: float) -> str:
    if number is None:
        return f"more than {MOST}" + " times as many" * (name == "images")
    return NEVER[name] if math.isinf(number) else UNKNOWN if math.isnan(number) else f"{value:.0f}"


def priceless(table: pd.DataFrame) -> pd.DataFrame:
    """The lines of `power_table` that people see: prices stand in the cells of what they buy."""
    return table[~table["metric"].isin(PRICED)]


def power_table(groups: Groups, prices: Prices, *, run: str, protocol: str, labels: Mapping[str, str]) -> pd.DataFrame:
    """One line per undecided pair of methods and what would decide it, each alone: further seeds of both methods,
    segmenters per seed, and test images, with prices.

    Levels are Holm's for the smallest p of those that are left open.
    """
    policy, lines = protocol_named(protocol), []
    for (task, resolution), counts in groups.items():
        numbers = {method: metrics[LEADING] for method, metrics in in_points(counts, policy).items()}
        scores = {method: metrics[LEADING] for method, metrics in replicate_scores(counts, policy, 100).items()}
        segmenters = segmenter_variances(scores, prices.optimised)
        pairs = [pair for pair in compared(counts, policy)[LEADING].pairs if not np.isnan(pair.p)]
        differing, equal = (LEVEL / max(1, sum(p.verdict != v for p in pairs)) for v in ("different", "equivalent"))
        for pair in (pair for pair in pairs if pair.verdict == "undecided"):
            terms = [(numbers[m], sign, segmenters[m][0]) for m, sign in ((pair.a, 1.0), (pair.b, -1.0))]
            gap = Difference.between(*terms, replicates=scores[pair.a].shape[1])
            price = prices.of([(task, pair.a), (task, pair.b)])
            values: dict[str, Any] = {"difference": (gap.value, "points", f"{gap.value:+.2f}")}
            values |= answers(pair_ways(gap, differing, 100 * MARGIN, equal), len(counts.ids), price)
            about = dict(table="power", task=task, method=f"{labels[pair.a]} less {labels[pair.b]}", run=run)
            about |= dict(resolution=resolution, source="measured", protocol=protocol)
            about |= dict(seeds=min(len(numbers[name].seeds) for name in (pair.a, pair.b)))
            for metric, (value, unit, shown) in values.items():
                lines.append({**about, "metric": metric, "value": value, "unit": unit, "shown": shown})
    return frame(lines)
