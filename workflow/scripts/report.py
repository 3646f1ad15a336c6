"""Rule report: the page and the provenance record."""

from itertools import chain
from pathlib import Path

import pandas as pd

from dakpn.data.passport import passport_hashes
from dakpn.efficiency.job_costs import overhead_note
from dakpn.efficiency.price import error_note
from dakpn.files import sha256, write_json
from dakpn.paper import PAPER, captions
from dakpn.provenance import machine_facts, provenance
from dakpn.report.answer import answers, gains
from dakpn.report.lineage import chains
from dakpn.report.look import scenes
from dakpn.report.page import not_run, supplements, write_report
from dakpn.report.passports import passports_fragment, read_passports
from dakpn.report.scores import page_tables

settings, results = snakemake.params.settings, Path(snakemake.params.settings["results"])
tables, reference = results / "tables", PAPER.parent / "results" / "reference" / "tables"
data = {"/".join(Path(view).parts[-3:-1]): sha256(Path(view).with_name("index.csv")) for view in snakemake.input.views}
costs = pd.read_csv(snakemake.input.costs)
shown = (snakemake.input[name] for name in ("tables", "supplements", "claims", "figures", "asked"))
hashed = sorted({*map(Path, chain(*shown)), *Path(snakemake.input.costs).parent.glob("*.csv")})
record = provenance(
    PAPER.parent,
    settings["run"],
    device=machine_facts(costs["device"].dropna(), costs["blur"].dropna()),
    seeds=settings["config"]["seeds"],
    config=settings["config"],
    budgets=settings["budgets"],
    data=data,
    passports=passport_hashes(snakemake.input.passports),
    files={path.relative_to(results).as_posix(): sha256(path) for path in hashed},
)
passports = passports_fragment(read_passports(settings["parts"], snakemake.input.passports))
data_sets = {"name": "data", "title": "Data sets", "section": "appendix", "fragment": passports, "paths": []}
names = [*settings["supplements"], *["benchmark"] * bool(snakemake.input.get("benchmark"))]
figures = captions(PAPER, {name: tuple(kind) for name, kind in settings["figures"].items()})
lineage = chains(settings["lineage"], results, settings["spoken"])
write_report(
    snakemake.output.page,
    title=f"DA-KPN reproduced: run {settings['run']}",
    provenance=record,
    answers=answers(settings["questions"], tables, costs),
    reference=gains(settings["questions"], reference),
    tables=page_tables(tables, settings["tables"], lineage, list(settings["labels"].values())),
    claims=pd.read_csv(tables / "claims.csv"),
    figures=[
        {"name": name, "path": path, **texts}
        for (name, texts), path in zip(figures.items(), snakemake.input.figures, strict=True)
    ],
    supplementary=[*supplements(tables, names, settings["spoken"]), data_sets],
    chains=lineage,
    looks=[scenes(section) for section in settings["look"]],
    costs=costs,
    overhead=" ".join(filter(None, (note(results, settings["places"]) for note in (overhead_note, error_note)))),
    not_run=not_run(tables, settings["spoken"]),
    protocol=settings["protocol"],
    procedural=settings["procedural"],
)
write_json(snakemake.output.provenance, record)
