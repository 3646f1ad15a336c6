"""Rule trajectory_translator: train a translation method and keep its weights at declared iterations."""

from dataclasses import replace

from dakpn.data.views import View
from dakpn.files import write_rows
from dakpn.training.snapshots import Snapshots
from workflow.job import job
from workflow.methods import build

wildcards, output = snakemake.wildcards, snakemake.output
with job(snakemake) as running:
    source, target = View.open(snakemake.input.source), View.open(snakemake.input.target)
    seed = int(wildcards.seed)
    translator = build(snakemake, len(source.classes), seed=seed)
    snapshots = Snapshots(translator.inference_networks(), snakemake.params.settings["snapshots"])
    run = replace(running.run, snapshots=snapshots)
    write_rows(output.history, translator.fit(source, target, seed=seed, device=running.device, run=run))
    snapshots.export(output.weights)
    times = ({"iteration": done, "seconds": seconds} for done, seconds in snapshots.seconds.items())
    write_rows(output.seconds, [{**dict(wildcards.items()), **row} for row in times])
