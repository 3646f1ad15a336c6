"""Rule geometry: what every method does to places and classes of held-out scenes, and its worst images."""

import numpy as np

from dakpn.data.views import View
from dakpn.diagnostics.geometry import UNITS, certify, edge_shift, predicted_classes
from dakpn.files import atomic_path, read_arrays, write_rows
from dakpn.segmentation.networks import load_segmenter
from dakpn.segmentation.registry import resolve
from workflow.job import job
from workflow.journal import log
from workflow.methods import assemble

settings, wildcards = snakemake.params.settings, snakemake.wildcards
with job(snakemake) as running:
    source, truth, device = View.open(snakemake.input.source), View.open(snakemake.input.target), running.device
    judge = load_segmenter(resolve(settings["section"]), len(source.classes), str(snakemake.input.judge), device)

    def classify(images):
        return predicted_classes(judge, images, truth.label_space, tuple(settings["resolution"]), device)

    true_classes = classify(truth.images)
    measured = {"oracle": {"edge_shift": edge_shift(source.images, truth.images, device)[0]}}
    maps = {}
    for (method, facts), path in zip(settings["translators"].items(), snakemake.input.translations, strict=True):
        files = {"weights": settings["weights"].get(method, ""), "encoder": settings["encoders"].get(method, "")}
        translator = assemble(facts, len(source.classes), seed=int(wildcards.seed), **files).to(device)
        measured[method], maps[method] = certify(
            translator,
            source.images,
            source.low,
            read_arrays(path, ["images"])["images"],
            classify=classify,
            true_classes=true_classes,
            device=device,
        )
        log.info("%s: %s", method, measured[method])
    about = {"task": wildcards.task, "seed": wildcards.seed}
    rows = [
        {**about, "method": method, "metric": metric, "value": value, "unit": UNITS[metric]}
        for method, metrics in measured.items()
        for metric, value in metrics.items()
    ]
    write_rows(snakemake.output.geometry, rows)
    arrays = {name: np.stack([entry[name] for entry in maps.values()]) for name in next(iter(maps.values()))}
    shown = {"source": source.images, "truth": truth.images, "true_classes": true_classes}
    arrays |= {name: images[arrays["worst"]] for name, images in shown.items()}
    with atomic_path(snakemake.output.maps) as path:
        np.savez_compressed(path, methods=np.array(list(maps)), **arrays)
