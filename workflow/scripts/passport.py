"""Rules passport and data_audit: look at a data set, quickly or at every pixel, and record what it is."""

from dakpn.data import READERS
from dakpn.data.manifest import read_manifest, write_manifest
from dakpn.data.passport import first_error, issue_passport
from dakpn.errors import InputError
from dakpn.files import write_json
from workflow.journal import log

settings = snakemake.params.settings
data = settings["data"]
reader = READERS[data["reader"]](data["root"], data["split"], **data["options"])
passport, files = issue_passport(
    reader,
    full=settings["full"],
    release=settings["release"],
    allow_partial=settings["allow_partial"],
    limit=data["limit"],
    manifest=read_manifest(settings["manifest"]) if settings["manifest"] else None,
    workers=snakemake.threads,
)
for row in passport["checks"]:
    log.info("%s: %s: %s %s", row["status"], row["check"], row["detail"], row["cure"])
# The doctor keeps every passport and judges at its end; a run stops here, before hours are spent.
if not settings["full"] and passport["verdict"] == "error":
    raise InputError(first_error(passport, reader.root))
write_json(snakemake.output.passport, passport)
if settings["full"]:
    write_manifest(snakemake.output.manifest, files)
