"""Rule curves: the losses of every translator."""

from dakpn.figures.curves import training_curves
from workflow.journal import logged

with logged(snakemake):
    training_curves(dict(zip(snakemake.params.labels, snakemake.input.histories, strict=True)), snakemake.output[0])
