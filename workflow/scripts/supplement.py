"""Rule supplement: the shift card and the fidelity table."""

from pathlib import Path

import pandas as pd

from dakpn.table_format import write
from dakpn.tables import fidelity_table, load_tables, shift_table
from workflow.journal import logged

params, kind = snakemake.params, snakemake.wildcards.kind
TITLES = {
    "shift": "Shift card: what each part of the procedural domain shift costs a network trained on untranslated source",
    "fidelity": "Fidelity: translations of held-out scenes against the true rendering of the same scenes",
}
NOTES = {
    "shift": ["New scenes, the same for every variant but layout; lost: points below the unshifted scenes."],
    "fidelity": [
        "flip_rate: share of the pixels that the judge names correctly on the true rendering and wrongly here."
    ],
}
with logged(snakemake):
    rows = pd.concat([pd.read_csv(path) for path in snakemake.input.rows], ignore_index=True)
    about = {"run": params.run, "protocol": params.protocol}
    if kind == "shift":
        table = shift_table(rows, **about)
    else:
        table = fidelity_table(rows, load_tables(params.paper), **about, labels=params.labels)
    heading = "Shift" if kind == "shift" else "Method"
    write(table, Path(snakemake.output.csv).with_suffix(""), TITLES[kind], NOTES[kind], rows=heading)
