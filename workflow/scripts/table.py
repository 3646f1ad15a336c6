"""Rule table: a table of scores, reported beside measured, with its differences and its scores under every protocol."""

import json
from pathlib import Path

from dakpn.data.passport import partial_notes
from dakpn.efficiency.job_costs import read_costs
from dakpn.paper import PAPER, load_paper
from dakpn.tables.format import write
from dakpn.tables.notes import comparison_notes, notes
from dakpn.tables.scores import score_tables

settings = snakemake.params.settings
tables = score_tables(settings, snakemake.input.stores, load_paper(PAPER))
passports = (json.loads(Path(path).read_text()) for path in snakemake.input.passports)
around = notes(
    tables.table,
    settings["entry"],
    costs=read_costs(snakemake.input.costs),
    procedural=settings["procedural"],
    comparisons=tables.comparisons,
    other_target=settings["other_target"],
    cuts=settings["cuts"],
    partial=partial_notes(passports),
)
stem, title, caption = Path(snakemake.output.csv).with_suffix(""), settings["spoken"], settings["entry"]["title"]
write(tables.table, stem, f"{title}. {caption}", caption=caption, full=True, **around)
for kind, table in (("differences", tables.differences), ("multiverse", tables.multiverse)):
    write(table, stem.with_name(f"{stem.name}-{kind}"), **comparison_notes(kind, title, table))
