"""Rule translation_shard: one job's share of translating the training set."""

import os
from pathlib import Path

from dakpn.data.views import View
from dakpn.translation.dataset import write_images
from workflow.job import job
from workflow.methods import build

settings, output = snakemake.params.settings, Path(snakemake.output[0])
with job(snakemake) as running:
    source = View.open(snakemake.input.source)
    translator = build(snakemake, len(source.classes), seed=int(snakemake.wildcards.seed)).to(running.device)
    # Finished files of an earlier attempt are kept only for the same settings and inputs.
    partial = running.run.checkpoint.with_suffix("") / running.run.fingerprint
    shard = int(snakemake.wildcards.shard)
    write_images(translator, source, running.device, partial, shard=shard, shards=settings["shards"])
    output.parent.mkdir(parents=True, exist_ok=True)
    os.replace(partial, output)
