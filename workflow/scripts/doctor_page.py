"""Rule doctor_page: the passports of all data sets as one page."""

from dakpn.report.passports import read_passports, write_passports
from workflow.journal import logged

with logged(snakemake):
    write_passports(snakemake.output[0], read_passports(snakemake.params.parts, snakemake.input))
