"""Rule report: the page and the provenance record."""

import hashlib
from pathlib import Path

import pandas as pd

from dakpn.data.passport import passport_hashes
from dakpn.efficiency.job_costs import overhead_note
from dakpn.files import write_json
from dakpn.paper import PAPER, captions
from dakpn.provenance import machine_facts, provenance
from dakpn.report.page import listed, supplement_title, write_report
from dakpn.report.passports import passports_fragment, read_passports
from dakpn.tables.notes import missing

settings, results = snakemake.params.settings, Path(snakemake.params.settings["results"])
config = settings["config"]
data = {
    "/".join(Path(view).parts[-3:-1]): hashlib.sha256(Path(view).with_name("index.csv").read_bytes()).hexdigest()
    for view in snakemake.input.views
}
costs = pd.read_csv(snakemake.input.costs)
record = provenance(
    PAPER.parent,
    settings["run"],
    device=machine_facts(costs["device"].dropna()),
    seeds=config["seeds"],
    config=config,
    budgets=settings["budgets"],
    data=data,
    passports=passport_hashes(snakemake.input.passports),
)
names = [*settings["supplements"], *["benchmark"] * bool(snakemake.input.get("benchmark"))]
supplements = listed(results / "tables", {name: supplement_title(name, settings["spoken"]) for name in names})
passports = passports_fragment(read_passports(settings["parts"], snakemake.input.passports))
figures = captions(PAPER, {name: tuple(kind) for name, kind in settings["figures"].items()})
not_run = []
for name, spoken in settings["spoken"].items():
    absent = missing(pd.read_csv(results / "tables" / f"{name}.csv", dtype={"marks": str}))
    not_run += [f"{spoken}: {', '.join(absent)}"] * bool(absent)
write_report(
    snakemake.output.page,
    title=f"DA-KPN reproduced: run {settings['run']}",
    provenance=record,
    tables=listed(results / "tables", settings["tables"]),
    supplementary=[*supplements, {"name": "data", "title": "Data sets", "fragment": passports}],
    figures=[{"name": name, "path": Path(settings["pictures"][name]), **texts} for name, texts in figures.items()],
    costs=costs,
    overhead=overhead_note(results, settings["places"]),
    not_run=not_run,
    protocol=settings["protocol"],
    sizes={f"{name} images": "x".join(map(str, task["image_size"])) for name, task in config["tasks"].items()},
    procedural=settings["procedural"],
)
write_json(snakemake.output.provenance, record)
