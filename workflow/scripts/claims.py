"""Rule claims: judge what the paper says by its own numbers and by the run's confusion matrices and timings."""

from pathlib import Path

import pandas as pd

from dakpn.claims.power import write_power
from dakpn.claims.table import run_ledger, write_ledger
from dakpn.efficiency.job_costs import read_costs
from dakpn.paper import PAPER
from dakpn.tables.power import Prices
from dakpn.tables.scores import stored

settings = snakemake.params.settings
rows = {
    name: pd.concat(map(pd.read_csv, snakemake.input[name]), ignore_index=True)
    if snakemake.input.get(name)
    else pd.DataFrame()
    for name in ("timing", "fidelity")
}
about = {key: settings[key] for key in ("tasks", "resolutions", "protocol", "labels")}
prices = Prices(read_costs(snakemake.input.get("costs", [])), settings["optimised"], settings["encoders"])
stores = stored(settings["stores"], snakemake.input.get("stores", []))
ledger, power = run_ledger(PAPER, stores, **about, **rows, prices=prices)
stem = Path(snakemake.output.csv).with_suffix("")
write_ledger(ledger, stem, seeds=settings["seeds"], procedural=settings["procedural"])
write_power(power, Path(snakemake.output.power_csv).with_suffix(""))
