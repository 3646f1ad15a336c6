"""Rule sensitivity: compare methods with themselves under one changed setting."""

from pathlib import Path

from dakpn.claims.sensitivity import sensitivity_rows, write_sensitivity
from dakpn.errors import InputError

settings = snakemake.params.settings
if not settings["switches"]:
    raise InputError("sensitivity: no switch is of a method of this run. config/miniature.yaml shows switches.")
stores = zip(settings["stores"], map(str, snakemake.input.stores), strict=True)
rows = sensitivity_rows(stores, settings["switches"], protocol=settings["protocol"])
write_sensitivity(rows, Path(snakemake.output.csv).with_suffix(""), procedural=settings["procedural"])
