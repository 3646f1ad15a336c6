"""Rule timing_table: parameters, times and memory, reported beside measured."""

import json
from pathlib import Path

import pandas as pd

from dakpn.data.passport import partial_notes
from dakpn.paper import PAPER, load_paper
from dakpn.tables.format import write
from dakpn.tables.notes import notes
from dakpn.tables.tidy import tidy

settings = snakemake.params.settings
rows = [pd.read_csv(path) for path in snakemake.input.rows] or [pd.DataFrame(columns=["method", "metric"])]
name, entry = settings["name"], settings["entry"]
about = {key: settings[key] for key in ("run", "protocol", "resolutions")}
table = tidy(name, entry, load_paper(PAPER), pd.concat(rows, ignore_index=True), **about)
passports = (json.loads(Path(path).read_text()) for path in snakemake.input.passports)
around = notes(
    table,
    entry,
    procedural=settings["procedural"],
    other_target=settings["other_target"],
    cuts=settings["cuts"],
    partial=partial_notes(passports),
)
stem = Path(snakemake.output.csv).with_suffix("")
write(table, stem, f"{settings['spoken']}. {entry['title']}", caption=entry["title"], full=True, **around)
