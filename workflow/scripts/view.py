"""Rule view: read a split once and keep it as memory-mapped arrays."""

from dakpn.data import READERS
from dakpn.data.views import write_view
from workflow.journal import logged

data = snakemake.params.data
with logged(snakemake):
    write_view(
        READERS[data["reader"]](data["root"], data["split"], **data["options"]),
        snakemake.output[0],
        image_size=tuple(snakemake.params.image_size),
        low_size=tuple(snakemake.params.low_size),
        limit=data["limit"],
        workers=snakemake.threads,
    )
