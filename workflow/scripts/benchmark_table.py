"""Rule benchmark_table: what `make bench` measured on each device, beside the literal form."""

from pathlib import Path

import pandas as pd

from dakpn.tables.benchmark import NOTES, readable
from dakpn.tables.listing import Listing, write_listings

rows = pd.concat([pd.read_csv(path) for path in snakemake.input], ignore_index=True)
stem = Path(snakemake.output.csv).with_suffix("")
write_listings(stem, rows, [Listing("Benchmark: ours beside the literal form", readable(rows), notes=NOTES)])
