"""Rule doctor: the verdict on every data set, and an error when one cannot be used."""

import json
from pathlib import Path

from dakpn.data.passport import first_error
from dakpn.errors import InputError
from workflow.journal import log, logged

with logged(snakemake):
    errors = []
    for root, path in zip(snakemake.params.roots, snakemake.input.passports, strict=True):
        passport = json.loads(Path(path).read_text())
        log.info("%s: %s %s: %s", root, passport["dataset"], passport["split"], passport["verdict"])
        errors += filter(None, [first_error(passport, root)])
    log.info("details: %s, manifests beside the passports", snakemake.input.page)
    if errors:
        raise InputError(errors[0] if len(errors) == 1 else f"{errors[0]} ({len(errors)} data sets have errors)")
