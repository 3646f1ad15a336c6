"""Rules passports and doctor_page: the section on data sets."""

import json
from pathlib import Path

from dakpn.report.passports import write_passports
from workflow.journal import logged

with logged(snakemake):
    texts = (Path(path).read_text() for path in snakemake.input)
    write_passports(snakemake.output[0], dict(zip(snakemake.params.parts, map(json.loads, texts), strict=True)))
