"""Rule claims: judge what the paper says by its own numbers and by the run's confusion matrices and timings."""

from pathlib import Path

import pandas as pd

from dakpn.claims.table import run_ledger, write_ledger
from dakpn.paper import PAPER
from dakpn.tables.scores import stored

settings = snakemake.params.settings
rows = {
    name: pd.concat(map(pd.read_csv, snakemake.input[name]), ignore_index=True)
    if snakemake.input.get(name)
    else pd.DataFrame()
    for name in ("timing", "fidelity")
}
about = {key: settings[key] for key in ("tasks", "resolutions", "protocol", "labels")}
ledger = run_ledger(PAPER, stored(settings["stores"], snakemake.input.get("stores", [])), **about, **rows)
stem = Path(snakemake.output.csv).with_suffix("")
write_ledger(ledger, stem, seeds=settings["seeds"], procedural=settings["procedural"])
