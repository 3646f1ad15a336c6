"""Views of random images, written by hand: what opens them must not need the code that prepares them."""

import hashlib
import json

import numpy as np

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.files import sha256


def write(folder, ids, *, size=(8, 12), low=(4, 6), label_space="cityscapes", steps=19):
    """A view with one image per id, uint8 noise of `size` in [0, `steps`); returns its folder."""
    random, count = np.random.default_rng(0), len(ids)
    folder.mkdir()
    shapes = {"images": (*size, 3), "low": (*low, 3), "labels": size, "low_labels": low}
    for name, shape in shapes.items():
        np.save(
            folder / f"{name}.npy",
            random.integers(0, 19 if "labels" in name else steps, (count, *shape), dtype=np.uint8),
        )
    index = "id,image,image_sha256\n" + "".join(f"{name},images/{name}.png,{'0' * 64}\n" for name in ids)
    (folder / "index.csv").write_text(index)
    facts = {
        "dataset": "gta5",
        "split": "train",
        "options": {},
        "label_space": LABEL_SPACES[label_space].to_dict(),
        "image_size": size,
        "low_size": low,
        "count": count,
        "missing": 0,
        "dropped": 0,
        "index_sha256": hashlib.sha256(index.encode()).hexdigest(),
        "arrays_sha256": {name: sha256(folder / f"{name}.npy") for name in shapes},
    }
    (folder / "view.json").write_text(json.dumps(facts))
    return folder
