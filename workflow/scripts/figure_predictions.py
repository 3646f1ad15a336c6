"""Rule figure4: what segmenters trained on each method's translations predict on real images."""

from dakpn.figures.predictions import segmentation_predictions
from workflow.journal import logged

with logged(snakemake):
    predictions = dict(zip(snakemake.params.labels, snakemake.input.predictions, strict=True))
    segmentation_predictions(predictions, snakemake.params.space, snakemake.output[0])
