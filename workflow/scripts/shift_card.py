"""Rule shift_card: what each part of the domain shift costs a segmenter trained on untranslated source images."""

import pandas as pd

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.diagnostics.shift_card import SPACES, shift_rows
from dakpn.files import atomic_path
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.weights import load_segmenter
from workflow.job import job

params, classes = snakemake.params, len(LABEL_SPACES[SPACES[snakemake.wildcards.task]])
with job(snakemake) as running:
    network = load_segmenter(resolve(params.section), classes, str(snakemake.input.weights), running.device)
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
