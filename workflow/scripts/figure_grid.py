"""Rules figure3 and figure5: source, translations and real images."""

from dakpn.data.views import View
from dakpn.figures.qualitative import translation_grid
from workflow.journal import logged

with logged(snakemake):
    samples = dict(zip(snakemake.params.labels, snakemake.input.samples, strict=True))
    translation_grid(samples, View.open(snakemake.input.target).images[:8], snakemake.output[0])
