"""Rule sensitivity: compare methods with themselves under one changed setting."""

from pathlib import Path

from dakpn.claims.sensitivity import sensitivity_rows, write_sensitivity
from dakpn.errors import InputError
from dakpn.tables.scores import stored
from workflow.journal import logged

params = snakemake.params
with logged(snakemake):
    if not params.switches:
        raise InputError("sensitivity: the configuration has no switches. Add some; config/miniature.yaml shows them.")
    rows = sensitivity_rows(
        stored(params.stores, snakemake.input.stores),
        params.switches,
        spaces=params.spaces,
        protocol=params.protocol,
        configuration=params.configuration,
    )
    stem = Path(snakemake.output.csv).with_suffix("")
    write_sensitivity(rows, stem, procedural=params.procedural)
