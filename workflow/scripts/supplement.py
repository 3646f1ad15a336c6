"""Rule supplement: the tables that the paper does not have."""

from pathlib import Path

import pandas as pd

from dakpn.tables.format import write
from dakpn.tables.scores import stored
from dakpn.tables.supplementary import supplement

settings, name = snakemake.params.settings, snakemake.wildcards.supplement
if name == "gap":
    rows = stored(settings["stores"], snakemake.input.stores)
else:
    rows = pd.concat([pd.read_csv(path) for path in snakemake.input.rows], ignore_index=True)
about = {key: settings[key] for key in ("run", "protocol", "labels", "images_only") if key in settings}
table, around = supplement(name, rows, **about)
write(table, Path(snakemake.output.csv).with_suffix(""), **around)
