"""Rule score: run a segmenter over a view; its confusion matrices, scores and first predictions."""

import numpy as np
import pandas as pd

from dakpn.config.models import Segmenter
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.views import View
from dakpn.evaluation.protocols import score_rows
from dakpn.files import atomic_path
from dakpn.segmentation.evaluation import evaluate, sample_predictions
from dakpn.segmentation.weights import load_segmenter
from workflow.job import job

wildcards, output = snakemake.wildcards, snakemake.output
with job(snakemake) as running:
    view = View.open(str(snakemake.input.view))
    resolution = tuple(int(part) for part in wildcards.resolution.split("x"))
    network = load_segmenter(
        Segmenter(**snakemake.params.section), len(view.classes), str(snakemake.input.weights), running.device
    )
    truth = View.open(str(snakemake.input.truth)) if snakemake.input.truth else None
    space, options = LABEL_SPACES[snakemake.params.space], snakemake.params.evaluation
    store = evaluate(network, view, space, resolution, running.device, truth=truth, **options)
    store.save(output.confusion)
    with atomic_path(output.predictions) as path:
        np.savez_compressed(
            path, **sample_predictions(network, view, resolution, running.device, snakemake.params.samples)
        )
    about = {**dict(wildcards.items()), "run": snakemake.params.run}
    for path, rows in zip((output.scores, output.classes), score_rows(store), strict=True):
        with atomic_path(path) as temporary:
            pd.DataFrame([{**about, **row} for row in rows]).to_csv(temporary, index=False)
