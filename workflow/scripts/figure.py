"""Rule figure: draw one figure from what other rules made."""

from dakpn.figures import draw

draw(snakemake.params.settings, dict(snakemake.input.items()), snakemake.output[0])
