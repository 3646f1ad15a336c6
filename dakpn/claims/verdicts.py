"""Judging claims twice: against the paper's own numbers, and against a run's with its uncertainty.

A run can support a claim, contradict it, find its numbers equivalent, or be inconclusive. Evidence for a claim is that
for its weakest inequality (the largest of their one-sided p), evidence against it is the strongest against any of them
(the smallest p times their number). Twice the smaller of the two is the claim's p; Holm's correction over all claims
that a run can judge keeps the chance of any verdict from pure noise below 5 %. An inconclusive claim about differences
in points is called equivalent when all of them are known to be smaller than one point (two one-sided tests, Holm's
correction over all claims).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dakpn.claims.statements import Claim, Inequality, Place, SameSign
from dakpn.evaluation.comparison import LEVEL, MARGIN, holm
from dakpn.evaluation.statistics import Combination, Measured, combined


@dataclass(frozen=True)
class PaperVerdict:
    """The verdict of the paper's own numbers; `numbers`: those that decide, as printed."""

    verdict: Literal["consistent", "contradicted", "no data"]
    numbers: str


@dataclass(frozen=True)
class RunVerdict:
    """The verdict of a run's numbers.

    comparison: the one that decides, or would; effect, low, high: its difference and 95 % interval, uncorrected, in
    `unit`; p: of the claim, p_holm: over all claims; held, judged, total: how many inequalities point the claimed way,
    were run, and make the claim. Numbers are nan where nothing was run.
    """

    verdict: Literal["supported", "contradicted", "equivalent", "inconclusive", "not run"]
    comparison: str = ""
    effect: float = math.nan
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    p: float = math.nan
    p_holm: float = math.nan
    held: int = 0
    judged: int = 0
    total: int = 0


def against_paper(claim: Claim, tables: Mapping[int, Any], printed: Mapping[Place, tuple[float, str]]) -> PaperVerdict:
    """Judge a claim by the printed numbers. printed: place -> (value, digits)."""
    judged = [_printed(inequality, printed) for inequality in claim.inequalities(tables)]
    broken, shown = ([text for holds, text in filter(None, judged) if holds == wanted] for wanted in (False, True))
    if broken:
        return PaperVerdict("contradicted", _few(broken))
    if None in judged:
        return PaperVerdict("no data", _few(shown) or "not printed")
    return PaperVerdict("consistent", _few(shown))


def against_run(
    claims: Sequence[Claim], tables: Mapping[int, Any], measured: Mapping[Place, Measured]
) -> list[RunVerdict]:
    """Judge all claims by a run's numbers, together, because the correction is over all of them. measured: from
    `dakpn.claims.evidence`; a place that is missing was not run.
    """
    parts = [tuple(claim.inequalities(tables)) for claim in claims]
    # Sentences that assert the same inequalities are one hypothesis, however often the paper repeats them.
    weighed = {inequalities: _weigh(inequalities, measured) for inequalities in parts}
    tested = {key: min(1.0, 2 * min(strength[:2])) for key, (_, strength) in weighed.items() if strength is not None}
    corrected = dict(zip(tested, holm(list(tested.values())), strict=True))
    alike = dict(zip(tested, holm([weighed[key][1][2] for key in tested]), strict=True))
    verdicts = []
    for inequalities in parts:
        about, strength = weighed[inequalities]
        verdict = "not run" if about["judged"] < about["total"] else "inconclusive"
        if strength is not None:
            about = {**about, "p": tested[inequalities], "p_holm": float(corrected[inequalities])}
            if about["p_holm"] <= LEVEL:
                verdict = "supported" if strength[0] < strength[1] else "contradicted"
            elif alike[inequalities] <= LEVEL:
                verdict = "equivalent"
        verdicts.append(RunVerdict(verdict, **about))
    return verdicts


def describe(inequality: Inequality | SameSign) -> str:
    """An inequality in words and signs: "A - B, mIOU, 512x512"."""
    if isinstance(inequality, SameSign):
        return f"{describe(inequality.there)}, sign as in Table {inequality.here.first.table}"
    first, second = inequality.first, inequality.second
    factor = "" if inequality.factor == 1 else f"{inequality.factor:g} x "
    return ", ".join(filter(None, [f"{first.row} - {factor}{second.row}", first.metric, first.at]))


def _printed(inequality: Inequality | SameSign, printed: Mapping[Place, tuple[float, str]]) -> tuple[bool, str] | None:
    """(whether it holds, its numbers), None where one is not printed."""
    if isinstance(inequality, SameSign):
        ends = [_printed(side, printed) for side in (inequality.here, inequality.there)]
        if None in ends:
            return None
        (holds, text), (there, text_there) = ends
        both = f"{text} (Table {inequality.here.first.table}), {text_there} (Table {inequality.there.first.table})"
        return holds == there, both
    first, second = printed.get(inequality.first), printed.get(inequality.second)
    if first is None or second is None:
        return None
    # Printed numbers have two decimals: rounding keeps 8.71 - 7.71 from being 1.0000000000000009.
    gap = round(first[0] - inequality.factor * second[0], 6)
    place = ", ".join(filter(None, [inequality.first.metric, inequality.first.at]))
    text = f"{inequality.first.row} {first[1]}, {inequality.second.row} {second[1]} ({place})"
    return inequality.low < gap < inequality.high, text


def _weigh(
    inequalities: Sequence[Inequality | SameSign], measured: Mapping[Place, Measured]
) -> tuple[dict[str, Any], tuple[float, float, float] | None]:
    """Facts of a RunVerdict, and the p (for, against, of equivalence) of a claim; None where the run's numbers decide
    nothing.
    """
    run = [(inequality, gaps) for inequality in inequalities if (gaps := _gaps(inequality, measured)) is not None]
    about = {"judged": len(run), "total": len(inequalities)}
    if not run:
        return about, None
    strengths = [_strength(inequality, gaps) for inequality, gaps in run]
    decided = [index for index, (_, gaps) in enumerate(run) if all(gap.decides for gap in gaps)]
    # Nothing supports a claim while one of its inequalities was not run, or not often enough.
    in_favour = max(strengths[i][0] for i in decided) if len(decided) == len(inequalities) else 1.0
    contrary = min(1.0, len(decided) * min((strengths[i][1] for i in decided), default=1.0))
    strongest = min(decided, key=lambda i: strengths[i][1], default=0)
    weakest = max(range(len(run)), key=lambda i: strengths[i][0])
    inequality, gaps = run[strongest if contrary < in_favour and contrary < LEVEL else weakest]
    low, high = gaps[-1].interval()
    about.update(comparison=describe(inequality), effect=gaps[-1].value, low=low, high=high, unit=gaps[-1].unit)
    about["held"] = sum(_points(inequality, gaps) for inequality, gaps in run)
    every = len(decided) == len(inequalities)
    alike = max(gap.equivalent(100 * MARGIN) for _, gaps in run for gap in gaps) if every and _in_points(run) else 1.0
    return about, (in_favour, contrary, alike) if decided else None


def _in_points(run: Sequence[tuple[Inequality | SameSign, list[Combination]]]) -> bool:
    """Whether all inequalities are about plain differences in points."""
    plain = all(isinstance(inequality, Inequality) and inequality.factor == 1 for inequality, _ in run)
    return plain and all(gap.unit == "points" for _, gaps in run for gap in gaps)


def _gaps(inequality: Inequality | SameSign, measured: Mapping[Place, Measured]) -> list[Combination] | None:
    """The measured difference of each side, None where a number was not run."""
    sides = (inequality.here, inequality.there) if isinstance(inequality, SameSign) else (inequality,)
    ends = [(measured.get(side.first), measured.get(side.second)) for side in sides]
    if any(None in pair for pair in ends):
        return None
    return [combined((a, 1.0), (b, -side.factor)) for side, (a, b) in zip(sides, ends, strict=True)]


def _strength(inequality: Inequality | SameSign, gaps: list[Combination]) -> tuple[float, float]:
    """p of the evidence for an inequality, and of that against it."""
    if isinstance(inequality, SameSign):
        (up, down), (up_there, down_there) = ((gap.above(0.0), gap.below(0.0)) for gap in gaps)
        alike = min(max(up, up_there), max(down, down_there))
        unlike = min(max(up, down_there), max(down, up_there))
        return min(1.0, 2 * alike), min(1.0, 2 * unlike)
    gap, low, high = gaps[0], inequality.low, inequality.high
    pairs = [(gap.above(low), gap.below(low))] * math.isfinite(low)
    pairs += [(gap.below(high), gap.above(high))] * math.isfinite(high)
    within, outside = zip(*pairs, strict=True)
    return max(within), min(1.0, len(outside) * min(outside))


def _points(inequality: Inequality | SameSign, gaps: list[Combination]) -> bool:
    """Whether the measured difference, taken as it is, agrees with the inequality."""
    if isinstance(inequality, SameSign):
        return gaps[0].value * gaps[1].value > 0
    return inequality.low < gaps[0].value < inequality.high


def _few(texts: list[str], limit: int = 3) -> str:
    rest = len(texts) - limit
    return "; ".join(texts[:limit]) + (f"; and {rest} more" if rest > 0 else "")
