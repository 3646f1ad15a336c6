"""Rule timing: parameters, times and memory of one method (Table 2)."""

from baselines import METHODS
from dakpn.config.models import Timing
from dakpn.data.views import View
from dakpn.efficiency.computation import PAPER_LOW_SIZE, PAPER_SEGMENTER, inference_rows, parameter_rows, training_rows
from dakpn.files import write_rows
from dakpn.segmentation.registry import resolve
from workflow.job import job

settings = snakemake.params.settings
built = settings["translator"]
encoder = resolve(built["encoder"]) if built["encoder"] else None
with job(snakemake) as running:
    method, timing, device = METHODS[built["method"]], Timing(**settings["timing"]), running.device
    config, paper = method.Config(**built["settings"]), method.Config(**settings["paper"])
    source, target = View.open(snakemake.input.source), View.open(snakemake.input.target)
    rows = parameter_rows(method, paper)
    rows += training_rows(method, config, encoder, source, target, timing, device)
    if timing.inference_widths == "paper":
        rows += inference_rows(method, paper, PAPER_SEGMENTER, timing, PAPER_LOW_SIZE, device)
    else:
        rows += inference_rows(method, config, encoder, timing, source.low_size, device)
    about = {"method": snakemake.wildcards.method, "task": timing.task, "run": settings["run"]}
    write_rows(snakemake.output.rows, [{**about, **row} for row in rows])
