"""Rule shift_card: what each part of the domain shift costs a segmenter trained on untranslated source images."""

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.diagnostics.shift_card import SPACES, shift_rows
from dakpn.files import write_rows
from dakpn.procedural import scenes_of
from dakpn.segmentation.networks import load_segmenter
from dakpn.segmentation.registry import resolve
from workflow.job import job

settings, wildcards = snakemake.params.settings, snakemake.wildcards
with job(snakemake) as running:
    scenes = scenes_of(settings["reader"])
    classes = len(LABEL_SPACES[SPACES[scenes]])
    network = load_segmenter(resolve(settings["section"]), classes, str(snakemake.input.weights), running.device)
    rows = shift_rows(
        network,
        scenes,
        resolution=tuple(settings["resolution"]),
        size=tuple(settings["size"]),
        count=settings["scenes"],
        seed=settings["scene_seed"],
        device=running.device,
    )
    write_rows(snakemake.output.shift, [{**row, "task": wildcards.task, "seed": wildcards.seed} for row in rows])
