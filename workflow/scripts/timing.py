"""Rule timing: parameters, times and memory of one method (Table 2)."""

import pandas as pd

from baselines import METHODS
from dakpn.config.models import Timing
from dakpn.data.views import View
from dakpn.efficiency.computation import PAPER_LOW_SIZE, PAPER_SEGMENTER, inference_rows, parameter_rows, training_rows
from dakpn.files import atomic_path
from dakpn.segmentation.registry import resolve
from workflow.job import job

params = snakemake.params
with job(snakemake) as running:
    name, device = snakemake.wildcards.method, running.device
    method, timing = METHODS[name], Timing(**params.section)
    config, encoder = method.Config(**params.translator["method"]), resolve(params.translator["encoder"], "encoder")
    source, target = View.open(snakemake.input.source), View.open(snakemake.input.target)
    rows = parameter_rows(method)
    rows += training_rows(method, config, encoder, source, target, timing, device)
    if timing.inference_widths == "paper":
        rows += inference_rows(method, method.Config(), PAPER_SEGMENTER, timing, PAPER_LOW_SIZE, device)
    else:
        rows += inference_rows(method, config, encoder, timing, source.low_size, device)
    about = {"method": name, "task": timing.task, "run": params.run}
    with atomic_path(snakemake.output.rows) as path:
        pd.DataFrame([{**about, **row} for row in rows]).to_csv(path, index=False)
