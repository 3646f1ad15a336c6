"""Rules encoder and segmenter: train a segmentation network on a view."""

from dakpn.data.views import View
from dakpn.files import write_rows
from dakpn.segmentation.networks import save_segmenter
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.training import adapt_statistics, train_segmenter
from workflow.job import job

settings = snakemake.params.settings
with job(snakemake) as running:
    network, history = train_segmenter(
        resolve(settings["section"]),
        View.open(str(snakemake.input.view)),
        tuple(settings["resolution"]),
        seed=settings["seed"],
        device=running.device,
        run=running.run,
    )
    if snakemake.input.get("target"):
        adapt_statistics(network, View.open(snakemake.input.target), tuple(settings["resolution"]), running.device)
    write_rows(snakemake.output.history, history)
    save_segmenter(network, snakemake.output.weights)
