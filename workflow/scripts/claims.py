"""Rule claims: judge what the paper says by its own numbers and by the run's confusion matrices and timings."""

from pathlib import Path

import pandas as pd

from dakpn.claims_table import ledger_rows, write_ledger
from dakpn.evidence import from_fidelity, from_scores, from_timing, read_groups
from dakpn.ledger import load_ledger
from dakpn.tables import load_paper, load_tables
from workflow.journal import logged

params, paper = snakemake.params, Path(snakemake.params.paper)
with logged(snakemake):
    spec = load_tables(paper)
    measured = from_scores(
        read_groups(params.jobs, snakemake.input.confusions),
        spec,
        spaces=params.spaces,
        resolutions=params.resolutions,
        protocol=params.protocol,
    )
    if snakemake.input.timing:
        measured |= from_timing(pd.concat(map(pd.read_csv, snakemake.input.timing), ignore_index=True), spec)
    if snakemake.input.fidelity:
        rows = pd.concat(map(pd.read_csv, snakemake.input.fidelity), ignore_index=True)
        measured |= from_fidelity(rows, spec["labels"])
    ledger = load_ledger(paper / "claims.yaml", spec["tables"])
    rows = ledger_rows(ledger, spec, load_paper(paper), measured)
    stem = Path(snakemake.output.csv).with_suffix("")
    write_ledger(rows, stem, seeds=params.seeds, procedural=params.procedural)
