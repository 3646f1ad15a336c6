"""Rule procedural_data: draw a miniature data set in its official layout."""

from dakpn.procedural import generate
from workflow.journal import logged

with logged(snakemake):
    generate(
        snakemake.wildcards.dataset,
        snakemake.output[0],
        counts=snakemake.params.splits,
        size=tuple(snakemake.params.size),
        seed=snakemake.params.section["seed"],
    )
