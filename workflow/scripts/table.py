"""Rule table: one of the paper's tables, reported beside measured, in four formats."""

import json
from pathlib import Path

import pandas as pd

from dakpn.data.passport import partial_notes
from dakpn.efficiency.job_costs import read_costs
from dakpn.tables.format import write
from dakpn.tables.notes import notes
from dakpn.tables.paper import load_paper, load_tables
from dakpn.tables.scores import columns, comparisons, score_table, stored
from dakpn.tables.tidy import tidy
from workflow.journal import logged

params, judging = snakemake.params, snakemake.params.judging
with logged(snakemake):
    number, spec, paper = int(snakemake.wildcards.number), load_tables(judging["paper"]), load_paper(judging["paper"])
    facts = spec["tables"][number]
    about = {key: judging[key] for key in ("run", "protocol", "resolutions", "labels")}
    if facts["kind"] == "timing":
        rows = [pd.read_csv(path) for path in snakemake.input.rows] or [pd.DataFrame(columns=["method", "metric"])]
        judged, table = {}, tidy(number, spec, paper, pd.concat(rows, ignore_index=True), **about)
    else:
        found = columns(facts, stored(judging["stores"], snakemake.input.stores))
        judged = comparisons(found, judging["protocol"], judging["space"])
        table = score_table(number, spec, paper, found, judged, **about, space=judging["space"])
    costs = read_costs(snakemake.input.costs)
    around = notes(table, facts, costs=costs, procedural=params.procedural, comparisons=judged)
    around["notes"] += partial_notes(json.loads(Path(path).read_text()) for path in snakemake.input.passports)
    usual = spec["targets"][facts["task"]]
    if params.target not in ("", usual):
        around["above"].append(
            f"The target of this run is {params.target}, not {usual}: compare no row with the paper's."
        )
    write(table, Path(snakemake.output.csv).with_suffix(""), f"Table {number}. {facts['title']}", **around)
