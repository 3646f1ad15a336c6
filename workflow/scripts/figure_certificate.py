"""Rule certificate_maps: the worst images of every method's geometry certificate."""

from dakpn.figures.certificate import certificate_maps
from workflow.journal import logged

with logged(snakemake):
    certificate_maps(
        str(snakemake.input.maps), snakemake.params.space, snakemake.output[0], labels=snakemake.params.labels
    )
