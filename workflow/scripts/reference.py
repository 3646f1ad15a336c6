"""Rule reference: copy a run's tables, rows, figures, confusion matrices and provenance, to be committed.

So that they are small, confusion matrices are packed more tightly, with the same numbers, and a PNG file of more than
half a megabyte gets a palette of 256 colours, with its new hash in the copied provenance.
"""

import json
import shutil
from pathlib import Path
from zipfile import ZIP_LZMA, ZipFile

import numpy as np
from PIL import Image

from dakpn.files import atomic_path, sha256, write_json

LARGE = 500_000
results = Path(snakemake.params.results)
provenance = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
with atomic_path(snakemake.output[0]) as folder:
    for path in map(Path, snakemake.input):
        name = path.relative_to(results)
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npz":
            with np.load(path) as arrays, ZipFile(copy, "w", ZIP_LZMA) as archive:
                for key, array in arrays.items():
                    if key == "counts" and array.max() < 2**16:
                        array = np.asfortranarray(array.astype(np.uint16))
                    with archive.open(f"{key}.npy", "w") as file:
                        np.lib.format.write_array(file, array)
        elif path.suffix == ".png" and path.stat().st_size > LARGE:
            with Image.open(path) as image:
                image.convert("RGB").quantize(256).save(copy, optimize=True)
            provenance["files"][name.as_posix()] = sha256(copy)
        else:
            shutil.copyfile(path, copy)
    write_json(folder / "provenance.json", provenance)
