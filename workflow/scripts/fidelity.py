"""Rule fidelity: compare every method's translations of held-out scenes with the true rendering."""

import numpy as np
import pandas as pd

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.views import View
from dakpn.diagnostics.fidelity import UNITS, fidelity
from dakpn.files import atomic_path
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.weights import load_segmenter
from workflow.job import job

params = snakemake.params
with job(snakemake) as running:
    source, truth = View.open(snakemake.input.source), View.open(snakemake.input.target)
    judge = load_segmenter(resolve(params.section), len(source.classes), str(snakemake.input.judge), running.device)
    options = {"judge": judge, "space": LABEL_SPACES[truth.label_space], "resolution": tuple(params.resolution)}
    rows = []
    for method, path in zip(params.methods, snakemake.input.translations, strict=True):
        found = fidelity(np.load(path), truth.images, source.labels, **options, device=running.device)
        about = {"task": snakemake.wildcards.task, "method": method, "seed": snakemake.wildcards.seed}
        rows += [{**about, "metric": name, "value": value, "unit": UNITS[name]} for name, value in found.items()]
    with atomic_path(snakemake.output.rows) as path:
        pd.DataFrame(rows).to_csv(path, index=False)
