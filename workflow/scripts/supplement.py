"""Rule supplement: the tables that the paper does not have."""

from pathlib import Path

import pandas as pd

from dakpn.tables.format import write
from dakpn.tables.scores import stored
from dakpn.tables.supplementary import supplement

settings, name = snakemake.params.settings, snakemake.wildcards.supplement
if "stores" in settings:
    rows = stored(settings["stores"], snakemake.input.stores)
else:
    rows = pd.concat([pd.read_csv(path) for path in snakemake.input.rows], ignore_index=True)
table, around = supplement(name, rows, settings, snakemake.input.get("costs", ()))
write(table, Path(snakemake.output.csv).with_suffix(""), **around)
