"""Rules score and score_shard: run a segmenter over a view, or a share of it, or join shares: confusion matrices, and
of the whole view scores and first predictions.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from dakpn.config.models import SAMPLES
from dakpn.data.images import resize_image
from dakpn.data.views import View
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.protocols import score_rows
from dakpn.files import atomic_path, read_arrays, write_rows
from dakpn.segmentation.evaluation import evaluate, sample_predictions
from dakpn.segmentation.networks import load_segmenter
from dakpn.segmentation.registry import resolve
from workflow.job import job

SHARE = "confusion.npz"
settings, wildcards, output = snakemake.params.settings, snakemake.wildcards, snakemake.output
with job(snakemake) as running:
    view = View.open(str(snakemake.input.view))
    if snakemake.input.get("translated"):
        images = read_arrays(snakemake.input.translated, ["images"])["images"]
        view = replace(view, images=images, low=np.stack([resize_image(image, view.low_size) for image in images]))
    resolution = tuple(settings["resolution"])
    network = load_segmenter(
        resolve(settings["section"]), len(view.classes), str(snakemake.input.weights), running.device
    )
    truth = View.open(str(snakemake.input.truth)) if snakemake.input.get("truth") else None
    label_space = View.open(str(snakemake.input.get("target") or snakemake.input.view)).label_space
    if shares := snakemake.input.get("shares"):
        stores = [ConfusionStore.load(Path(share, SHARE)) for share in shares]
        store = ConfusionStore.joined(stores, (truth or view).ids)
    else:
        how = {**settings["evaluation"], **settings.get("share", {})}
        store = evaluate(network, view, label_space, resolution, running.device, truth=truth, **how)
    if "share" in settings:
        store.save(Path(output.share, SHARE))
    else:
        store.save(output.confusion)
        with atomic_path(output.predictions) as path:
            samples = sample_predictions(network, view, resolution, running.device, SAMPLES)
            np.savez_compressed(path, **samples)
        about = {**dict(wildcards.items()), "run": settings["run"]}
        for path, rows in zip((output.scores, output.classes), score_rows(store), strict=True):
            write_rows(path, [{**about, **row} for row in rows])
