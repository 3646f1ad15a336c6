"""Rule passport and rule examine: look at a data set, quickly or at every pixel, and write what it is."""

from dakpn.data import READERS
from dakpn.data.manifest import read_manifest, write_manifest
from dakpn.data.passport import first_error, issue_passport
from dakpn.errors import InputError
from dakpn.files import write_json
from workflow.journal import log, logged

data, check = snakemake.params.data, snakemake.params.check
with logged(snakemake):
    reader = READERS[data["reader"]](data["root"], data["split"], **data["options"])
    passport, files = issue_passport(
        reader,
        full=snakemake.params.full,
        release=check["release"],
        allow_partial=check["allow_partial"],
        limit=data["limit"],
        manifest=read_manifest(check["manifest"]) if check["manifest"] else None,
        workers=snakemake.threads,
    )
    for row in passport["checks"]:
        log.info("%s: %s: %s %s", row["status"], row["check"], row["detail"], row["cure"])
    # The doctor keeps what it found and judges at its end; a run stops here, before hours are spent.
    if not snakemake.params.full and passport["verdict"] == "error":
        raise InputError(first_error(passport, reader.root))
    write_json(snakemake.output.passport, passport)
    if snakemake.params.full:
        write_manifest(snakemake.output.manifest, files)
