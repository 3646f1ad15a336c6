"""Rule trajectory_table: mIoU against training length, and what each way of choosing an iteration would report."""

from pathlib import Path

import pandas as pd

from dakpn.errors import InputError
from dakpn.files import atomic_path
from dakpn.tables.trajectory import choices, points, write_trajectory

settings = snakemake.params.settings
if not settings["stores"]:
    raise InputError("trajectory: it names no method of this run. config/miniature.yaml shows one.")
stores = zip(settings["stores"], map(str, snakemake.input.get("stores", [])), strict=True)
seconds = pd.concat(map(pd.read_csv, snakemake.input.seconds), ignore_index=True)
rows = points(stores, seconds, settings["snapshots"], protocol=settings["protocol"])
with atomic_path(snakemake.output.points) as path:
    rows.to_csv(path, index=False)
table = choices(rows, settings["labels"], settings["controls"])
write_trajectory(table, Path(snakemake.output.csv).with_suffix(""), procedural=settings["procedural"])
