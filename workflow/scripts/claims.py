"""Rule claims: judge what the paper says by its own numbers and by the run's confusion matrices and timings."""

from pathlib import Path

import pandas as pd

from dakpn.claims.table import run_ledger, write_ledger
from dakpn.tables.scores import stored
from workflow.journal import logged


def gathered(paths):
    """All rows of some CSV files, none for no file."""
    return pd.concat(map(pd.read_csv, paths), ignore_index=True) if paths else pd.DataFrame()


params = snakemake.params
with logged(snakemake):
    rows = run_ledger(
        params.paper,
        stored(params.stores, snakemake.input.stores),
        spaces=params.spaces,
        resolutions=params.resolutions,
        protocol=params.protocol,
        timing=gathered(snakemake.input.timing),
        fidelity=gathered(snakemake.input.fidelity),
    )
    stem = Path(snakemake.output.csv).with_suffix("")
    write_ledger(rows, stem, seeds=params.seeds, procedural=params.procedural)
