"""Rules translator and trajectory_translator: train a translation method on unpaired views.

The second keeps the weights of declared iterations instead of the last.
"""

from dakpn.files import write_rows
from dakpn.training.ranks import launch
from workflow.job import job
from workflow.methods import fit

settings, output, wildcards = snakemake.params.settings, snakemake.output, dict(snakemake.wildcards.items())
with job(snakemake) as running:
    about = settings["translator"], dict(snakemake.input.items()), int(wildcards["seed"]), running.run, output.weights
    history, seconds = launch(running.devices, fit, *about, settings.get("snapshots", ()))
    write_rows(output.history, history)
    if "seconds" in output.keys():
        rows = ({"iteration": done, "seconds": passed} for done, passed in seconds.items())
        write_rows(output.seconds, [{**wildcards, **row} for row in rows])
