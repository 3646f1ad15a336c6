"""The paper's claims for the page: a tile and a row of a table each, and what the paper says against itself."""

from typing import Any

import pandas as pd

from dakpn.claims.table import claim_texts

PAPER = {"consistent": "✓", "contradicted": "✗", "no data": "–"}
RUN = {"supported": "✓", "contradicted": "✗", "equivalent": "≈", "inconclusive": "?", "not run": "–"}
"""Verdict -> its sign, which stands beside the colour."""


def claims_section(ledger: pd.DataFrame) -> dict[str, Any]:
    """What claims.html.j2 shows. ledger: claims.csv of the run.

    tiles: id, paper, run (verdicts), signs and texts (heading -> cell of the full table). against: claims that the
    paper's own numbers contradict. checks: (what should hold, what is found) where the paper disagrees with itself.
    """
    claims = ledger[ledger["kind"] == "claim"]
    failing = ledger[(ledger["kind"] == "check") & (ledger["paper"] == "fails")]
    tiles = [
        {
            "id": row.id,
            "paper": row.paper,
            "run": row.run,
            "signs": (PAPER[row.paper], RUN[row.run]),
            "texts": claim_texts(row),
            "quote": row.quote,
            "where": row.where,
            "numbers": row.numbers,
        }
        for row in claims.itertuples()
    ]
    shown = {tile[key] for tile in tiles for key in ("paper", "run")}
    counted = [claims[column].value_counts().to_dict() for column in ("paper", "run")]
    return {
        "tiles": tiles,
        "counts": [", ".join(f"{n} {verdict}" for verdict, n in counts.items()) for counts in counted],
        "against": [tile for tile in tiles if tile["paper"] == "contradicted"],
        "checks": list(zip(failing["reading"], failing["numbers"], strict=True)),
        "legend": [(sign, verdict) for verdict, sign in (PAPER | RUN).items() if verdict in shown],
    }
