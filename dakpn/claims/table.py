"""The claims ledger as rows and as two tables: what the paper claims, and where its statements disagree."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from dakpn.claims.evidence import Measured, from_fidelity, from_scores, from_timing, read_groups
from dakpn.claims.ledger import Ledger, load_ledger
from dakpn.claims.power import origins, power_rows
from dakpn.claims.statements import Place
from dakpn.claims.verdicts import against_paper, against_run
from dakpn.paper import load_paper, load_tables
from dakpn.tables.listing import Listing, write_listings
from dakpn.tables.power import Prices
from dakpn.tables.scores import Stored
from dakpn.tables.tidy import significant
from dakpn.tables.wide import ABSENT

NOTES = (
    "Paper's numbers: whether every comparison that the sentence makes holds between the printed values; shown are "
    "those that contradict it, or the first that support it.",
    "This run: supported or contradicted only where the evidence passes Holm's correction over all claims "
    "(family-wise error 5 %). Scores are compared pairwise over seeds and images.",
    "Effect: of the comparison that decides, or that supports the claim least, with its own uncorrected 95 % "
    "interval. Agree: comparisons that point the claimed way, of those run, of all.",
    "How sentences are read, and what on par, comparable and much mean, is defined in paper/claims.yaml.",
)


def run_ledger(
    paper: str | Path,
    stores: Iterable[Stored],
    *,
    resolutions: Mapping[str, Sequence[str]],
    protocol: str,
    labels: Mapping[str, str],
    tasks: Mapping[str, str],
    timing: pd.DataFrame,
    fidelity: pd.DataFrame,
    prices: Prices | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of a run's ledger from its confusion stores and its rows of timings and fidelity (empty where it has
    none); and what would decide the claims that it leaves open (empty without `prices`).

    paper: folder of claims.yaml and of the paper's tables. stores: with the paper's pair of data sets, street or face,
    as task. resolutions: sizes by that pair, smallest first. labels: how methods are printed. tasks: pair -> the run's
    task.
    """
    spec = load_tables(paper)
    counts, ledger = read_groups(stores), load_ledger(Path(paper) / "claims.yaml", spec["tables"])
    scale = dict(resolutions=resolutions, protocol=protocol)
    measured = from_scores(counts, spec, **scale)
    if not timing.empty:
        measured |= from_timing(timing, spec)
    if not fidelity.empty:
        pairs = {task: pair for pair, task in tasks.items()}
        known = fidelity[fidelity["task"].isin(pairs)]
        measured |= from_fidelity(known.assign(task=known["task"].map(pairs)), labels)
    power = pd.DataFrame()
    if prices:
        origin = origins(counts, spec, **scale, tasks=tasks, optimised=prices.optimised)
        power = power_rows(ledger.claims, spec["tables"], measured, origin, prices)
    return ledger_rows(ledger, spec, load_paper(paper), measured), power


def ledger_rows(
    ledger: Ledger, spec: Mapping[str, Any], paper: pd.DataFrame, measured: Mapping[Place, Measured]
) -> pd.DataFrame:
    """One row per claim, then one per check; columns that do not apply are empty.

    spec, paper: from `dakpn.paper`. measured: from `dakpn.claims.evidence`. Column
    `paper` is consistent, contradicted or no data for claims, holds or fails for checks.
    """
    tables = spec["tables"]
    printed = {
        Place(line.table, line.method, line.resolution, line.metric): (line.value, line.shown)
        for line in paper.itertuples()
    }
    rows = []
    for claim, run in zip(ledger.claims, against_run(ledger.claims, tables, measured), strict=True):
        own = against_paper(claim, tables, printed)
        about = {key: getattr(claim, key) for key in ("id", "where", "quote", "reading", "relation", "table")}
        evidence = {"run": run.verdict, **{key: value for key, value in vars(run).items() if key != "verdict"}}
        rows.append({"kind": "claim", **about, "paper": own.verdict, "numbers": own.numbers, **evidence})
    for check in ledger.checks:
        issues = list(check.issues(paper))
        about = {"kind": "check", "id": check.id, "reading": check.about, "relation": check.kind}
        rows.append({**about, "paper": "fails" if issues else "holds", "numbers": "; ".join(issues)})
    return pd.DataFrame(rows)


def write_ledger(rows: pd.DataFrame, stem: str | Path, *, seeds: int, procedural: bool = False) -> None:
    """Write `stem`.csv, .md and .html. rows: from `ledger_rows`. seeds: training seeds of the run."""
    claims, checks = rows[rows["kind"] == "claim"], rows[rows["kind"] == "check"]
    broken = checks[checks["paper"] == "fails"]
    above = ["Procedural miniature data: the run's verdicts are about the miniature."] * procedural
    if seeds < 2:
        above.append("Provisional: one seed, so training noise is not measured and scores decide no claim.")
    paper, run = (
        ", ".join(f"{number} {verdict}" for verdict, number in claims[column].value_counts().items())
        for column in ("paper", "run")
    )
    listings = [
        Listing(
            "Claims of the paper",
            pd.DataFrame(map(claim_texts, claims.itertuples())),
            ("plain", "reported", "measured", "measured", "plain"),
            [*above, f"{len(claims)} claims. By the paper's own numbers: {paper}. By this run: {run}."],
            NOTES,
        ),
        Listing(
            "Where the paper disagrees with itself or is silent",
            pd.DataFrame({"What should hold": broken["reading"], "What is found": broken["numbers"]}),
            ("plain", "reported"),
            notes=[f"Found by {len(checks)} checks of paper/claims.yaml; the other {len(checks) - len(broken)} hold."],
        ),
    ]
    write_listings(stem, rows, listings)


def claim_texts(row: Any) -> dict[str, str]:
    """Heading -> cell of a claim, a row of the ledger."""
    return {
        "Claim": f"{row.where}: “{row.quote}” ({row.reading})",
        "Paper's numbers": f"{row.paper}: {row.numbers}",
        "This run": row.run,
        "Effect [95 % interval]": _effect(row),
        "Agree": f"{row.held:.0f} of {row.judged:.0f} of {row.total:.0f}",
    }


def _effect(row: Any) -> str:
    # From a file the comparison of a claim that was not judged comes as nan.
    if pd.isna(row.effect):
        return ABSENT
    interval = "" if pd.isna(row.low) else f" [{significant(row.low)}, {significant(row.high)}]"
    corrected = "" if pd.isna(row.p_holm) else f", corrected p {row.p_holm:.2g}"
    return f"{row.comparison}: {significant(row.effect)}{interval} {row.unit}{corrected}".replace(" ,", ",")
