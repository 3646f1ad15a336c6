"""Rule figure2: zoomed crops of the source, a real image and every translation."""

from dakpn.data.views import View
from dakpn.figures.zoom import zoomed_crops
from workflow.journal import logged

with logged(snakemake):
    samples = dict(zip(snakemake.params.labels, snakemake.input.samples, strict=True))
    zoomed_crops(samples, View.open(snakemake.input.target).images[0], snakemake.output[0])
