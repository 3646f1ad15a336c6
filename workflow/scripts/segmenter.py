"""Rules encoder and segmenter: train a segmentation network on a view."""

import pandas as pd

from dakpn.data.views import View
from dakpn.files import atomic_path
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.training import train_segmenter
from dakpn.segmentation.weights import save_segmenter
from workflow.job import job

with job(snakemake) as running:
    network, history = train_segmenter(
        resolve(snakemake.params.section),
        View.open(str(snakemake.input.view)),
        tuple(snakemake.params.resolution),
        seed=int(snakemake.wildcards.seed),
        device=running.device,
        run=running.run,
    )
    with atomic_path(snakemake.output.history) as path:
        pd.DataFrame(history).to_csv(path, index=False)
    save_segmenter(network, snakemake.output.weights)
