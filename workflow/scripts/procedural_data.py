"""Rule procedural_data: draw a miniature data set in its official layout."""

from dakpn.config.size import Size
from dakpn.procedural import generate
from workflow.journal import logged

with logged(snakemake):
    size = Size.parse(snakemake.wildcards.size)
    generate(snakemake.wildcards.dataset, snakemake.output.root, size=size, **snakemake.params.settings)
