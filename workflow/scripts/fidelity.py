"""Rule fidelity: compare every method's translations of held-out scenes with the true rendering."""

from dakpn.data.views import View
from dakpn.diagnostics.fidelity import UNITS, fidelity
from dakpn.files import read_arrays, write_rows
from dakpn.segmentation.networks import load_segmenter
from dakpn.segmentation.registry import resolve
from workflow.job import job

settings, wildcards = snakemake.params.settings, snakemake.wildcards
with job(snakemake) as running:
    source, truth = View.open(snakemake.input.source), View.open(snakemake.input.target)
    judge = load_segmenter(
        resolve(settings["section"]), len(source.classes), str(snakemake.input.judge), running.device
    )
    options = {"judge": judge, "label_space": truth.label_space, "resolution": tuple(settings["resolution"])}
    rows = []
    for method, path in zip(settings["methods"], snakemake.input.translations, strict=True):
        measured = fidelity(
            read_arrays(path, ["images"])["images"], truth.images, source.labels, **options, device=running.device
        )
        about = {"task": wildcards.task, "method": method, "seed": wildcards.seed}
        rows += [{**about, "metric": name, "value": value, "unit": UNITS[name]} for name, value in measured.items()]
    write_rows(snakemake.output.fidelity, rows)
