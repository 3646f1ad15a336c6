"""Rule segmenter_table: the order of a task's methods under each of its segmenters."""

from pathlib import Path

from dakpn.tables.format import write
from dakpn.tables.segmenters import segmenter_notes, segmenter_table

settings = snakemake.params.settings
table = segmenter_table(settings, snakemake.input.stores)
write(table, Path(snakemake.output.csv).with_suffix(""), **segmenter_notes(table, settings))
