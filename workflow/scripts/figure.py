"""Rule figure: draw one figure from what other rules made."""

from dakpn.figures import draw
from workflow.journal import logged

with logged(snakemake):
    draw(snakemake.params.settings, dict(snakemake.input.items()), snakemake.output.png)
