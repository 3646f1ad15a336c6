"""Rule view: read a split once and keep it as memory-mapped arrays."""

from pathlib import Path

from dakpn.data import READERS
from dakpn.data.views import write_view

settings = snakemake.params.settings
data = settings["data"]
write_view(
    READERS[data["reader"]](data["root"], data["split"], **data["options"]),
    Path(snakemake.output.view).parent,
    image_size=tuple(settings["image_size"]),
    low_size=tuple(settings["low_size"]),
    limit=data["limit"],
    workers=snakemake.threads,
)
