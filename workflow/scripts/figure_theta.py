"""Rule figure6: the parameters that DA-KPN predicts, and the encoder's map."""

from dakpn.figures.theta import theta_channels
from workflow.journal import logged

with logged(snakemake):
    theta_channels(str(snakemake.input.samples), snakemake.params.space, snakemake.output[0])
