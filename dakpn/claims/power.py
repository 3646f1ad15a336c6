"""What would decide the claims that a run leaves open, and at which price."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dakpn.claims.evidence import Group, places
from dakpn.claims.statements import Claim, Inequality, Place, SameSign
from dakpn.claims.verdicts import against_run
from dakpn.evaluation.comparison import LEVEL, MARGIN, Counts
from dakpn.evaluation.components import segmenter_variances
from dakpn.evaluation.power import Difference, Region, Way
from dakpn.evaluation.protocols import protocol_named
from dakpn.evaluation.statistics import Measured
from dakpn.tables.listing import Listing, write_listings
from dakpn.tables.power import HEADINGS, POWER_NOTES, PRICED, Prices, answers
from dakpn.tables.scores import replicate_scores

NOTES = (
    "Claims about scores that are inconclusive in this run. Each number alone decides the claim with a chance of at "
    "least 80 %, at Holm's level for the claims that are open: supported by all of its comparisons, contradicted by "
    "one, or all of them known to be less than one point apart.",
    *POWER_NOTES,
)
ABOUT = ("id", "quote", "reading", "comparisons", "weakest", "effect", "unit")
SHOWN = ", shown"
COLUMNS = [*ABOUT, *HEADINGS.values(), *PRICED, *(f"{heading}{SHOWN}" for heading in HEADINGS.values())]
Part = Inequality | SameSign


@dataclass(frozen=True)
class Origin:
    """What a score was measured on. task: the run's; segmenter: variance of one replicate in squared points; images,
    replicates: their numbers."""

    task: str
    method: str
    segmenter: float
    replicates: int
    images: int


def origins(
    counts: Mapping[Group, Counts],
    spec: Mapping[str, Any],
    *,
    resolutions: Mapping[str, Sequence[str]],
    protocol: str,
    tasks: Mapping[str, str],
    optimised: Mapping[str, bool],
) -> dict[Place, Origin]:
    """Place -> origin of every score of a run. Arguments as in `dakpn.claims.table` and `components`. FCN-Scores have
    no replicates, so their worth is nan."""
    scored = {group: replicate_scores(column, protocol_named(protocol), 100) for group, column in counts.items()}
    segmenters = {
        (group, metric): segmenter_variances({m: own[metric] for m, own in scores.items()}, optimised)
        for group, scores in scored.items()
        for metric in next(iter(scores.values()))
    }
    result = {}
    for place, (group, method) in places(counts, spec, resolutions):
        kind, pair, _ = group
        variance, _ = segmenters[group, place.metric].get(method, (math.nan, 0))
        repeats = scored[group][method][place.metric].shape[1]
        known = variance if kind == "segmentation" else math.nan
        result[place] = Origin(tasks[pair], method, known, repeats, len(counts[group].ids))
    return result


def power_rows(
    claims: Sequence[Claim],
    tables: Mapping[int, Any],
    measured: Mapping[Place, Measured],
    origin: Mapping[Place, Origin],
    prices: Prices,
) -> pd.DataFrame:
    """One row per inconclusive claim about scores of several seeds. measured: from `dakpn.claims.evidence`. origin:
    from `origins`."""
    verdicts = against_run(claims, tables, measured)
    parts = {claim.id: tuple(claim.inequalities(tables)) for claim in claims}
    judged = zip(claims, verdicts, strict=True)
    tested = {parts[claim.id]: run.verdict for claim, run in judged if not math.isnan(run.p)}.values()
    level = LEVEL / max(1, sum(verdict not in ("supported", "contradicted") for verdict in tested))
    equal = LEVEL / max(1, sum(verdict != "equivalent" for verdict in tested))
    rows = []
    for claim, run in zip(claims, verdicts, strict=True):
        named = [place for part in parts[claim.id] for side in _sides(part) for place in (side.first, side.second)]
        several = all(place in origin and len(measured[place].seeds) > 1 for place in named)
        if run.verdict != "inconclusive" or not several:
            continue
        ways = _ways(parts[claim.id], measured, origin, level, equal)
        price = prices.of((origin[place].task, origin[place].method) for place in named)
        found = answers(ways, max(origin[place].images for place in named), price)
        values = {heading: value for heading, (value, _, _) in found.items()}
        texts = {f"{heading}{SHOWN}": text for heading, (*_, text) in found.items()}
        about = (claim.id, claim.quote, claim.reading, len(named) // 2, run.comparison, run.effect, run.unit)
        rows.append({**dict(zip(ABOUT, about, strict=True)), **values, **texts})
    return pd.DataFrame(rows, columns=COLUMNS)


def write_power(rows: pd.DataFrame, stem: str | Path) -> None:
    """Write `stem`.csv, .md and .html. rows: from `power_rows`."""
    shown = {column: column.removesuffix(SHOWN) for column in rows if column.endswith(SHOWN)}
    texts = pd.DataFrame({"Claim": [f"{row.id}: “{row.quote}” ({row.reading})" for row in rows.itertuples()]})
    texts["Decided least by"] = [f"{row.weakest}: {row.effect:+.2f} {row.unit}" for row in rows.itertuples()]
    texts = texts.assign(**{name.capitalize(): rows[column].array for column, name in shown.items()})
    kinds = ("plain", *["measured"] * (texts.shape[1] - 1))
    listing = Listing("What would decide the claims that this run leaves open", texts, kinds, notes=NOTES)
    write_listings(stem, rows.drop(columns=list(shown)), [listing])


def _sides(part: Part) -> tuple[Inequality, ...]:
    return (part.here, part.there) if isinstance(part, SameSign) else (part,)


def _ways(
    parts: Sequence[Part],
    measured: Mapping[Place, Measured],
    origin: Mapping[Place, Origin],
    level: float,
    equal: float,
) -> list[Way]:
    """How a claim can be decided, at the levels of `dakpn.claims.verdicts`: all inequalities for it, one against it, or
    all differences smaller than the margin."""

    def gap(side: Inequality) -> Difference:
        terms = [
            (measured[place], factor, origin[place].segmenter)
            for place, factor in ((side.first, 1.0), (side.second, -side.factor))
        ]
        return Difference.between(*terms, replicates=origin[side.first].replicates)

    favour: list[tuple[Difference, Region]] = []
    contrary: list[Way] = []
    alone = level / 2 / len(parts)
    for part in parts:
        gaps = [gap(side) for side in _sides(part)]
        if isinstance(part, SameSign):
            up = gaps[0].value > 0
            favour += [(one, _beyond(up, level / 4)) for one in gaps]
            contrary.append([(gaps[0], _beyond(up, alone / 2)), (gaps[1], _beyond(not up, alone / 2))])
            continue
        favour.append((gaps[0], Region(part.low, part.high, level / 2)))
        ends = [(-math.inf, part.low)] * math.isfinite(part.low) + [(part.high, math.inf)] * math.isfinite(part.high)
        contrary += [[(gaps[0], Region(*end, alone / len(ends)))] for end in ends]
    plain = all(isinstance(part, Inequality) and part.factor == 1 for part in parts)
    margin = 100 * MARGIN
    alike = [[(one, Region(-margin, margin, equal)) for one, _ in favour]] * plain
    return [favour, *contrary, *alike]


def _beyond(up: bool, level: float) -> Region:
    return Region(0.0, math.inf, level) if up else Region(-math.inf, 0.0, level)
