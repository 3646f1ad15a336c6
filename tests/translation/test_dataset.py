"""Translating a view: files and view agree, and a killed run continues to the same result."""

import numpy as np
import pytest
import tiny_views
import torch
from PIL import Image

from baselines.identity import Identity
from dakpn.data.views import View
from dakpn.translation.dataset import save_samples, translate_view, write_images


class Darker(Identity):
    """Halves the image; counts calls and can die."""

    calls, dies_at = 0, None

    def translate(self, batch):
        if self.calls == self.dies_at:
            raise KeyboardInterrupt
        self.calls += 1
        return batch.image / 2

    def explain(self, batch):
        return {"theta": np.zeros((len(batch.ids), 12, 2, 2), np.float32)}


@pytest.fixture
def source(tmp_path):
    """A view of seven random images."""
    return View.open(tiny_views.write(tmp_path / "source", [f"{i:05d}" for i in range(7)]))


def places(folder):
    return {"images": folder / "images", "translated": folder / "view", "partial": folder / "partial"}


def darker():
    return Darker(Darker.Config(), image_size=(8, 12), low_size=(4, 6), num_classes=19)


def test_files_and_view_hold_the_translations(source, tmp_path):
    translate_view(darker(), source, "cpu", **places(tmp_path / "out"), batch=3)
    view = View.open(tmp_path / "out/view")
    expected = np.round(source.images / 255 / 2 * 255)
    assert np.abs(view.images - expected).max() <= 1
    assert np.array_equal(view.labels, source.labels)
    for row, name in enumerate(source.ids):
        assert np.array_equal(np.asarray(Image.open(tmp_path / f"out/images/{name}.png")), view.images[row])
    assert not (tmp_path / "out/partial").exists()


def test_a_killed_translation_continues_to_the_same_result(source, tmp_path):
    translate_view(darker(), source, "cpu", **places(tmp_path / "whole"), batch=2)
    dying = darker()
    dying.dies_at = 2
    with pytest.raises(KeyboardInterrupt):
        translate_view(dying, source, "cpu", **places(tmp_path / "out"), batch=2)
    assert not (tmp_path / "out/images").exists() and not (tmp_path / "out/view").exists()
    again = darker()
    translate_view(again, source, "cpu", **places(tmp_path / "out"), batch=2)
    assert again.calls == 2
    for file in (tmp_path / "whole/images").rglob("*.png"):
        assert file.read_bytes() == (tmp_path / "out/images" / file.relative_to(tmp_path / "whole/images")).read_bytes()


def test_shards_divide_the_work_and_give_the_same_files(source, tmp_path):
    write_images(darker(), source, "cpu", tmp_path / "whole", batch=2)
    translators = [darker() for _ in range(3)]
    for shard, translator in enumerate(translators):
        write_images(translator, source, "cpu", tmp_path / "parts", batch=2, shard=shard, shards=3)
    assert [translator.calls for translator in translators] == [2, 1, 1]
    whole, parts = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.png")}
        for folder in (tmp_path / "whole", tmp_path / "parts")
    )
    assert len(whole) == 7 and whole == parts


def test_samples_hold_source_translation_and_what_the_method_shows(source, tmp_path):
    save_samples(darker(), source, torch.device("cpu"), tmp_path / "samples.npz", count=3)
    with np.load(tmp_path / "samples.npz") as found:
        assert found["source"].shape == found["translation"].shape == (3, 8, 12, 3)
        assert found["theta"].shape == (3, 12, 2, 2) and found["ids"].tolist() == source.ids[:3]
