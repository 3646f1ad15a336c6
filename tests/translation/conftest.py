import hashlib
import json

import numpy as np
import pytest

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.views import View


@pytest.fixture
def source(tmp_path):
    """A view of seven random images, written by hand; one id has a folder."""
    random, folder = np.random.default_rng(0), tmp_path / "source"
    folder.mkdir()
    shapes = {"images": (7, 8, 12, 3), "low": (7, 4, 6, 3), "labels": (7, 8, 12), "low_labels": (7, 4, 6)}
    for name, shape in shapes.items():
        np.save(folder / f"{name}.npy", random.integers(0, 19, shape, dtype=np.uint8))
    ids = [*(f"{i:05d}" for i in range(6)), "town/6"]
    rows = "".join(f"{name},images/{name}.png,{'0' * 64}\n" for name in ids)
    index = "id,image,image_sha256\n" + rows
    (folder / "index.csv").write_text(index)
    facts = {
        "dataset": "gta5",
        "split": "train",
        "options": {},
        "label_space": LABEL_SPACES["cityscapes"].to_dict(),
        "image_size": [8, 12],
        "low_size": [4, 6],
        "count": 7,
        "missing": 0,
        "dropped": 0,
        "index_sha256": hashlib.sha256(index.encode()).hexdigest(),
    }
    (folder / "view.json").write_text(json.dumps(facts))
    return View.open(folder)
