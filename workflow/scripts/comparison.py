"""Rule comparison: the differences of a table's methods, or its scores under every protocol."""

from pathlib import Path

from dakpn.tables.format import write
from dakpn.tables.notes import comparison_notes
from dakpn.tables.paper import load_tables
from dakpn.tables.scores import columns, comparisons, difference_table, multiverse_table, stored
from workflow.journal import logged

judging, kind = snakemake.params.judging, snakemake.wildcards.comparison
with logged(snakemake):
    number, spec = int(snakemake.wildcards.number), load_tables(judging["paper"])
    found = columns(spec["tables"][number], stored(judging["stores"], snakemake.input.stores))
    about = {"run": judging["run"], "labels": judging["labels"]}
    if kind == "differences":
        judged = comparisons(found, judging["protocol"], judging["space"])
        table = difference_table(number, spec, judged, **about, protocol=judging["protocol"])
    else:
        table = multiverse_table(number, spec, found, **about, space=judging["space"])
    write(table, Path(snakemake.output.csv).with_suffix(""), **comparison_notes(kind, number, table))
