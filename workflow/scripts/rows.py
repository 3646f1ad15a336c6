"""Rule rows: gather the rows of all jobs, and what the jobs cost."""

import pandas as pd

from dakpn.efficiency.job_costs import read_costs
from dakpn.files import atomic_path
from workflow.journal import logged


def gather(paths, output):
    """Concatenate CSV files; an empty file stands for a table that this run does not have."""
    frames = [pd.read_csv(path) for path in paths]
    with atomic_path(output) as temporary:
        (pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()).to_csv(temporary, index=False)


with logged(snakemake):
    for name in ("scores", "classes", "shift", "fidelity", "geometry", "timing"):
        gather(snakemake.input.get(name), snakemake.output.get(name))
    with atomic_path(snakemake.output.costs) as path:
        read_costs(snakemake.input.costs, snakemake.input.benchmarks).to_csv(path, index=False)
