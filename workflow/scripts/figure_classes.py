"""Rule classes: the IoU of every class under every method."""

import pandas as pd

from dakpn.figures.heatmap import class_heatmap
from dakpn.tables.paper import load_tables
from workflow.journal import logged

with logged(snakemake):
    rows = pd.concat([pd.read_csv(path) for path in snakemake.input.classes], ignore_index=True)
    rows = rows[rows["protocol"] == snakemake.params.protocol]
    class_heatmap(rows, snakemake.output[0], labels=load_tables(snakemake.params.paper)["labels"])
