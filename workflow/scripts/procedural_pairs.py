"""Rule procedural_pairs: draw held-out scenes as both domains see them."""

from dakpn.files import write_json
from dakpn.procedural import generate_pairs, scenes_of

settings = snakemake.params.settings
about = {"count": settings["count"], "size": tuple(settings["size"]), "seed": settings["seed"]}
generate_pairs(scenes_of(settings["reader"]), snakemake.output.root, **about)
write_json(snakemake.output.record, settings)
