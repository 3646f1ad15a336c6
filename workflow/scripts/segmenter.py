"""Rules encoder and segmenter: train a segmentation network on a view."""

from dakpn.files import write_rows
from dakpn.training.ranks import launch
from workflow.job import job
from workflow.networks import fit

files = dict(snakemake.input.items())
with job(snakemake) as running:
    about = snakemake.params.settings, files, running.run, snakemake.output.weights
    write_rows(snakemake.output.history, launch(running.devices, fit, *about))
