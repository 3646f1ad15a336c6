"""Rule doctor: the verdict on every data set and view, a page with all passports, and an error where one is unfit."""

from pathlib import Path

from dakpn.data.passport import first_error
from dakpn.data.views import check_views
from dakpn.errors import InputError
from dakpn.files import atomic_path
from dakpn.report.passports import passports_fragment, read_passports
from workflow.journal import said

about = snakemake.params
passports = read_passports(about.parts, snakemake.input.passports)
results, errors = Path(about.page).parents[1], []
for root, passport in zip(about.roots, passports.values(), strict=True):
    said.info("%s: %s %s: %s", root, passport["dataset"], passport["split"], passport["verdict"])
    errors += filter(None, [first_error(passport, root)])
with atomic_path(about.page) as path:
    path.write_text(passports_fragment(passports), encoding="utf-8")
try:
    said.info("%s: %d views hold what was written", results, check_views(results))
except InputError as error:
    errors.append(str(error))
said.info("details: %s, manifests beside the passports", about.page)
if errors:
    raise InputError(errors[0] if len(errors) == 1 else f"{errors[0]} ({len(errors)} errors in all)")
