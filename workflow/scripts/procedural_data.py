"""Rule procedural_data: draw a miniature data set in its official layout."""

from dakpn.config.size import Size
from dakpn.files import write_json
from dakpn.procedural import generate

size = Size.parse(snakemake.wildcards.size)
settings = snakemake.params.settings
generate(snakemake.wildcards.dataset, snakemake.output.root, size=size, **settings)
write_json(snakemake.output.record, {**snakemake.wildcards, **settings})
