"""Rule procedural_pairs: draw held-out scenes as both domains see them."""

from dakpn.procedural import generate_pairs
from workflow.journal import logged

with logged(snakemake):
    generate_pairs(
        snakemake.wildcards.task,
        snakemake.output[0],
        count=snakemake.params.section["paired"],
        size=tuple(snakemake.params.size),
        seed=snakemake.params.section["seed"],
    )
