"""Rule table: one of the paper's tables, reported beside measured, in four formats."""

import json
from pathlib import Path

import pandas as pd

from dakpn.costs import read_costs
from dakpn.data.passport import partial_notes
from dakpn.table_format import write
from dakpn.table_notes import notes
from dakpn.tables import load_paper, load_tables, tidy
from workflow.journal import logged

params = snakemake.params
with logged(snakemake):
    number, spec = int(snakemake.wildcards.number), load_tables(params.paper)
    facts = spec["tables"][number]
    columns = ["kind", "task", "method", "resolution", "seed", "metric", "value", "protocol", "run"]
    rows = [pd.read_csv(path) for path in snakemake.input.rows] or [pd.DataFrame(columns=columns)]
    table = tidy(
        number,
        spec,
        load_paper(params.paper),
        pd.concat(rows, ignore_index=True),
        run=params.run,
        protocol=params.protocol,
        resolutions=params.resolutions,
        labels=params.labels,
    )
    around = notes(table, facts, costs=read_costs(snakemake.input.costs), procedural=params.procedural)
    around["notes"] += partial_notes(json.loads(Path(path).read_text()) for path in snakemake.input.passports)
    usual = spec["targets"][facts["task"]]
    if params.target not in ("", usual):
        around["above"].append(
            f"The target of this run is {params.target}, not {usual}: compare no row with the paper's."
        )
    write(table, Path(snakemake.output.csv).with_suffix(""), f"Table {number}. {facts['title']}", **around)
