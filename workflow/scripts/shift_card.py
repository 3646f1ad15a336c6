"""Rule shift_card: what each part of the domain shift costs a segmenter trained on untranslated source images."""

import pandas as pd

from dakpn.config.models import Segmenter
from dakpn.diagnostics.shift_card import shift_rows
from dakpn.files import atomic_path
from dakpn.segmentation.weights import load_segmenter
from workflow.job import job

params = snakemake.params
with job(snakemake) as running:
    network = load_segmenter(Segmenter(**params.section), 19, str(snakemake.input.weights), running.device)
    rows = shift_rows(
        network,
        snakemake.wildcards.task,
        resolution=tuple(params.resolution),
        size=tuple(params.size),
        count=params.scenes,
        seed=params.scene_seed,
        device=running.device,
    )
    with atomic_path(snakemake.output.rows) as path:
        pd.DataFrame([{**row, "seed": snakemake.wildcards.seed} for row in rows]).to_csv(path, index=False)
