"""Rule translator: train a translation method on unpaired views."""

from dakpn.data.views import View
from dakpn.files import write_rows
from workflow.job import job
from workflow.methods import build

with job(snakemake) as running:
    source, target = View.open(snakemake.input.source), View.open(snakemake.input.target)
    seed = int(snakemake.wildcards.seed)
    translator = build(snakemake, len(source.classes), seed=seed)
    history = translator.fit(source, target, seed=seed, device=running.device, run=running.run)
    write_rows(snakemake.output.history, history)
    translator.export(snakemake.output.weights)
