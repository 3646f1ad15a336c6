"""Rule reference: copy a run's tables, rows, figures, confusion matrices and provenance."""

import shutil
from pathlib import Path

from dakpn.files import atomic_path

with atomic_path(snakemake.output[0]) as folder:
    for path in map(Path, snakemake.input):
        copy = folder / path.relative_to(snakemake.params.results)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
