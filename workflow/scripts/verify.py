"""Rule verify: recompute the tables of a finished run from its confusion stores, and compare the rest with hashes."""

import json
from pathlib import Path

from baselines import METHODS
from dakpn.data.views import check_views
from dakpn.errors import InputError
from dakpn.plan import plan
from dakpn.plan.configure import configure
from dakpn.verification import check_hashes, check_rows, check_tables, recompute
from workflow.journal import said

folder = Path(snakemake.params.folder)
if not (folder / "provenance.json").is_file():
    raise InputError(
        f"{folder}: holds no provenance.json, so it is no finished run. Run `all` first, or name another folder, "
        "such as the reference: --config verify=results/reference."
    )
record = json.loads((folder / "provenance.json").read_text())
if "files" not in record:
    raise InputError(f"{folder}/provenance.json: holds no hashes, as of an earlier version. Run `all` again.")
finished = plan(configure(record["config"], METHODS))
cells = check_tables(folder / "tables", recompute(finished, folder))
values = check_rows(folder, finished)
said.info("%s: %d cells and %d values follow from %d stores", folder, cells, values, len(finished.all_scores))
hashed, views = check_hashes(folder, record["files"]), check_views(folder)
said.info("%s: %d files and %d views hold what was written", folder, hashed, views)
