"""Rule report: the page and the provenance record."""

import hashlib
from pathlib import Path

import pandas as pd
import yaml

from dakpn.data.passport import passport_hashes
from dakpn.files import write_json
from dakpn.provenance import provenance
from dakpn.report.page import write_report
from dakpn.report.supplements import supplement_title
from dakpn.tables.notes import missing
from dakpn.tables.paper import load_tables
from dakpn.training.device import choose_device, machine_facts
from workflow.journal import logged

params, results = snakemake.params, Path(snakemake.params.results)
with logged(snakemake):
    config, spec = params.config, load_tables(params.paper)
    data = {
        "/".join(Path(view).parts[-2:]): hashlib.sha256((Path(view) / "index.csv").read_bytes()).hexdigest()
        for view in snakemake.input.views
    }
    record = provenance(
        Path(params.paper).parent,
        run=config["run"],
        config=config,
        device=machine_facts(choose_device(config["device"])),
        budgets=params.budgets,
        data=data,
        passports=passport_hashes(snakemake.input.passports),
    )

    def shown(name, title):
        files = {kind: results / "tables" / f"{name}.{kind}" for kind in ("html", "csv", "md", "tex")}
        html = files.pop("html")
        return {"name": name, "title": title, "html": html, "downloads": list(filter(Path.is_file, files.values()))}

    not_run = []
    for number in spec["tables"]:
        absent = missing(pd.read_csv(results / "tables" / f"table{number}.csv", dtype={"marks": str}))
        not_run += [f"Table {number}: {', '.join(absent)}"] * bool(absent)
    captions = yaml.safe_load((Path(params.paper) / "figures.yaml").read_text())
    sizes = {f"{name} images": "x".join(map(str, task["image_size"])) for name, task in config["tasks"].items()}
    write_report(
        snakemake.output.page,
        title=f"DA-KPN reproduced: run {config['run']}",
        provenance=record,
        tables=[shown(f"table{n}", f"Table {n}. {facts['title']}") for n, facts in spec["tables"].items()],
        supplementary=[
            *(shown(name, supplement_title(name)) for name in params.supplements),
            {"name": "data", "title": "Data sets", "html": snakemake.input.data[0]},
        ],
        figures=[{"name": n, "path": results / "figures" / f"{n}.png", **captions[n]} for n in params.figures],
        costs=pd.read_csv(snakemake.input.costs),
        budgets=params.budgets,
        not_run=not_run,
        protocol=config["protocol"],
        sizes=sizes,
        procedural=params.procedural,
    )
    write_json(snakemake.output.provenance, record)
