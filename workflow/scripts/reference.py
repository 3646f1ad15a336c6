"""Rule reference: copy a run's tables, rows, figures, confusion matrices and provenance, to be committed.

Confusion matrices are packed; a PNG file of more than LARGE bytes gets a palette of 256 colours, and its new hash.
"""

import json
import shutil
from pathlib import Path

from PIL import Image

from dakpn.evaluation.confusion import ConfusionStore
from dakpn.files import atomic_path, sha256, write_json

LARGE = 500_000
results = Path(snakemake.params.results)
provenance = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
with atomic_path(snakemake.output[0]) as folder:
    for path in map(Path, snakemake.input):
        copy = folder / (name := path.relative_to(results))
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npz":
            ConfusionStore.load(path).save(copy, packed=True)
        elif path.suffix == ".png" and path.stat().st_size > LARGE:
            with Image.open(path) as image:
                image.convert("RGB").quantize(256).save(copy, optimize=True)
            provenance["files"][name.as_posix()] = sha256(copy)
        else:
            shutil.copyfile(path, copy)
    write_json(folder / "provenance.json", provenance)
