"""Rule trial: a few iterations and images of one kind of job on invented data, timed for the price of a run."""

from pathlib import Path
from tempfile import TemporaryDirectory

from baselines import METHODS
from dakpn.data.label_spaces import LabelSpace
from dakpn.efficiency import trial
from dakpn.efficiency.computation import build_translator
from dakpn.files import write_json
from dakpn.segmentation.registry import resolve
from workflow.job import job

settings = snakemake.params.settings
about = settings.get("translator", {})
# Weights of the trial's networks need not be those that a training starts from.
drawn = {"weights": "none"}
with job(snakemake) as running, TemporaryDirectory() as folder:
    sizes = [tuple(settings[name]) for name in ("image_size", "low_size")]
    space = LabelSpace.from_dict(settings["label_space"])
    few = 32 if sizes[0][0] * sizes[0][1] < 50_000 else 8
    view, kind = trial.invented_view(Path(folder), space, *sizes, few), settings["kind"]
    encoder = resolve(about["encoder"]) if about.get("encoder") else None
    if "section" in settings:
        section = {**settings["section"], **(drawn if settings["section"].get("weights") else {})}
        found = trial.network_trial(resolve(section), view, tuple(settings["resolution"]), running.device)
    elif kind == "timing":
        found = trial.timing_trial(METHODS[about["method"]], settings, encoder, view, running.device)
    else:
        if about["settings"].get("weights"):
            about = {**about, "settings": {**about["settings"], **drawn}}
        method = METHODS[about["method"]]
        config = method.Config(**about["settings"])
        shape = {"image_size": sizes[0], "low_size": sizes[1], "num_classes": len(view.classes)}
        translator = build_translator(method, config, encoder=encoder, **shape)
        measure = trial.translation_trial if kind.startswith("translation") else trial.translator_trial
        found = measure(translator, view, running.device)
    record = {**found, **trial.memory(running.device), "speed": trial.yardstick(), "place": snakemake.wildcards.of}
write_json(snakemake.output.trial, record)
