"""Rules view and view_shard: read a split once, or a share of it, and keep it as memory-mapped arrays."""

from pathlib import Path

from dakpn.data import READERS
from dakpn.data.views import View, write_view

settings, output = snakemake.params.settings, snakemake.output
data = settings["data"]
write_view(
    READERS[data["reader"]](data["root"], data["split"], **data["options"]),
    output.get("share") or Path(output.view).parent,
    image_size=tuple(settings["image_size"]),
    low_size=tuple(settings["low_size"]),
    limit=data["limit"],
    workers=snakemake.threads,
    shares=[View.open(share) for share in snakemake.input.get("shares", [])],
    **settings.get("share", {}),
)
