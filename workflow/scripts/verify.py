"""Rule verify: recompute the tables of a finished run from its confusion stores alone."""

import json
from pathlib import Path

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.plan import plan
from dakpn.plan.configure import configure
from dakpn.verification import check_rows, check_tables, recompute
from workflow.journal import said

folder = Path(snakemake.params.folder)
if not (folder / "provenance.json").is_file():
    raise InputError(
        f"{folder}: holds no provenance.json, so it is no finished run. Run `all` first, or name another folder, "
        "such as the reference: --config verify=results/reference."
    )
finished = plan(configure(json.loads((folder / "provenance.json").read_text())["config"], METHODS))
cells = check_tables(folder / "tables", recompute(finished, folder))
values = check_rows(folder / "rows" / "scores.csv", finished, folder)
said.info("%s: %d cells and %d values follow from %d stores", folder, cells, values, len(finished.all_scores))
