"""Rule translation_shard: one job's share of translating the training set."""

import os
from pathlib import Path

from dakpn.data.views import View
from dakpn.translation.dataset import write_images
from workflow.job import job
from workflow.methods import build

output = Path(snakemake.output.share)
with job(snakemake) as running:
    source = View.open(snakemake.input.source)
    translator = build(snakemake, len(source.classes), seed=int(snakemake.wildcards.seed)).to(running.device)
    # Finished files of an earlier attempt are kept only for the same settings and inputs.
    partial = running.run.checkpoint.with_suffix("") / running.run.fingerprint
    write_images(translator, source, running.device, partial, **snakemake.params.settings["share"])
    output.parent.mkdir(parents=True, exist_ok=True)
    os.replace(partial, output)
