"""Rule shift_card: what each part of the domain shift costs a segmenter trained on untranslated source images."""

from dakpn.diagnostics.shift_card import shift_rows
from dakpn.files import write_rows
from dakpn.procedural import label_space_of, scenes_of
from dakpn.segmentation.registry import resolve
from dakpn.segmentation.weights import load_segmenter
from workflow.job import job

settings, wildcards = snakemake.params.settings, snakemake.wildcards
with job(snakemake) as running:
    classes = len(label_space_of(settings["reader"]))
    network = load_segmenter(resolve(settings["section"]), classes, str(snakemake.input.weights), running.device)
    rows = shift_rows(
        network,
        scenes_of(settings["reader"]),
        resolution=tuple(settings["resolution"]),
        size=tuple(settings["size"]),
        count=settings["scenes"],
        seed=settings["scene_seed"],
        device=running.device,
    )
    write_rows(snakemake.output.shift, [{**row, "task": wildcards.task, "seed": wildcards.seed} for row in rows])
