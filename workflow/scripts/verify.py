"""Rule verify: recompute the tables of a finished run from its confusion stores alone."""

import json
from pathlib import Path

from dakpn.errors import InputError
from dakpn.tables.scores import stored
from dakpn.verification import check_rows, check_tables, recompute, recompute_claims
from workflow.journal import log, logged

params = snakemake.params
with logged(snakemake):
    folder = Path(params.folder)
    if not (folder / "provenance.json").is_file():
        raise InputError(
            f"{folder}: holds no provenance.json, so it is no finished run. Run `all` first, or name another folder, "
            "such as the reference: --config verify=results/reference."
        )
    config = json.loads((folder / "provenance.json").read_text())["config"]
    stores = stored(params.stores, params.paths)
    frames = recompute(config, params.paper, stores, params.labels)
    frames["claims"] = recompute_claims(config, params.paper, stores, folder / "rows")
    cells = check_tables(folder / "tables", frames)
    values = check_rows(folder / "rows" / "scores.csv", stores, config)
    log.info("%s: %d cells and %d values follow from %d confusion stores", folder, cells, values, len(stores))
