"""Rule translation: translate the training set, the held-out scenes and the samples of the figures."""

from pathlib import Path

import numpy as np

from dakpn.config.models import SAMPLES
from dakpn.data.arrays import link_or_copy
from dakpn.data.views import View
from dakpn.files import atomic_path
from dakpn.translation.dataset import save_samples, translate_view, translations
from workflow.job import job
from workflow.methods import build

output = snakemake.output
with job(snakemake) as running:
    source = View.open(snakemake.input.source)
    translator = build(snakemake, len(source.classes), seed=int(snakemake.wildcards.seed)).to(running.device)
    # Finished files of an earlier attempt are kept only for the same settings and inputs.
    partial = running.run.checkpoint.with_suffix("") / running.run.fingerprint
    for share in snakemake.input.get("shares", []):
        for file in Path(share).rglob("*.png"):
            place = partial / file.relative_to(share)
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(file, place)
    translate_view(
        translator, source, running.device, images=output.images, translated=Path(output.view).parent, partial=partial
    )
    save_samples(translator, source, running.device, output.samples, count=SAMPLES)
    paired = View.open(snakemake.input.paired) if snakemake.input.get("paired") else None
    translated = list(translations(translator, paired, running.device)) if paired else []
    with atomic_path(output.paired) as path:
        np.savez(path, images=np.array(translated, dtype=np.uint8))
