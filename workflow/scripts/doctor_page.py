"""Rule doctor_page: the passports of all data sets as one page."""

from dakpn.files import atomic_path
from dakpn.report.passports import passports_fragment, read_passports
from workflow.journal import logged

with logged(snakemake):
    with atomic_path(snakemake.output[0]) as path:
        passports = read_passports(snakemake.params.parts, snakemake.input)
        path.write_text(passports_fragment(passports), encoding="utf-8")
