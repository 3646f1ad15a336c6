"""Rule collect_rows: gather the rows of all jobs, and what the jobs cost."""

import pandas as pd

from dakpn.efficiency.job_costs import read_costs
from dakpn.files import atomic_path

for name in ("scores", "classes", "shift", "fidelity", "geometry", "timing"):
    frames = [pd.read_csv(path) for path in snakemake.input.get(name) or []]
    with atomic_path(snakemake.output.get(name)) as path:
        # An empty file stands for rows that this run does not have.
        (pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()).to_csv(path, index=False)
with atomic_path(snakemake.output.costs) as path:
    read_costs(snakemake.input.costs).to_csv(path, index=False)
