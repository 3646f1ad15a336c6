"""A folder of PNGs as a method: pixels arrive unchanged, and what does not fit is named before anything is written."""

import numpy as np
import pytest
import torch
from PIL import Image

from baselines.folder import Folder
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.translation.batch import Batch
from dakpn.translation.dataset import save_samples, translate_view, write_images


@pytest.fixture
def images(source, tmp_path):
    """A folder with a translation of every image of the source."""
    folder = tmp_path / "mine"
    for name, image in zip(source.ids, source.images, strict=True):
        save(folder / f"{name}.png", 255 - image)
    return folder


def save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


def folder(images):
    config = Folder.Config(images=str(images))
    return Folder(config, image_size=(8, 12), low_size=(4, 6), num_classes=19)


def translate(images, source, out):
    translate_view(
        folder(images), source, "cpu", images=out / "images", translated=out / "view", partial=out / "partial", batch=3
    )


def refused(images, source, out):
    """The message of the one error, after which nothing has been written."""
    with pytest.raises(InputError) as caught:
        translate(images, source, out)
    assert not out.exists()
    return str(caught.value)


def test_every_pixel_arrives_unchanged(images, source, tmp_path):
    (images / ".hidden").mkdir()
    (images / ".hidden/note.txt").write_text("not an image")
    translate(images, source, tmp_path / "out")
    assert np.array_equal(View.open(tmp_path / "out/view").images, 255 - source.images)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out/images/town/6.png")), 255 - source.images[6])
    save_samples(folder(images), source, "cpu", tmp_path / "samples.npz", count=2)
    with np.load(tmp_path / "samples.npz") as found:
        assert np.array_equal(found["translation"], 255 - source.images[:2])


def test_all_that_does_not_fit_is_named_at_once(images, source, tmp_path):
    (images / "00000.png").unlink()
    save(images / "00001.png", np.zeros((12, 8, 3), np.uint8))
    (images / "00002.png").write_bytes((images / "00002.png").read_bytes()[:60])
    Image.fromarray(source.images[3]).save(images / "00003.png", format="JPEG")
    save(images / "town/7.png", source.images[0])
    (images / "readme.txt").write_text("made with love")
    message = refused(images, source, tmp_path / "out")
    assert str(images) in message and "8x12" in message
    assert "missing (1): 00000.png\n" in message
    assert "extra (2): readme.txt, town/7.png\n" in message
    assert "of another size (1): 00001.png (12x8)\n" in message
    assert "unreadable (2): 00002.png (" in message and "00003.png (JPEG" in message


def test_ten_of_many_are_named_with_their_number(images, source, tmp_path):
    for number in range(100, 125):
        save(images / f"{number}.png", source.images[0])
    message = refused(images, source, tmp_path / "out")
    assert "extra (25): 100.png, " in message and "109.png, ...\n" in message and "110.png" not in message


def test_no_folder_is_an_error_that_names_it(source, tmp_path):
    assert str(tmp_path / "absent") in refused(tmp_path / "absent", source, tmp_path / "out")


def test_a_shard_is_checked_before_it_is_written(images, source, tmp_path):
    (images / "town/6.png").unlink()
    with pytest.raises(InputError, match=r"missing \(1\): town/6.png"):
        write_images(folder(images), source, "cpu", tmp_path / "out", batch=2, shard=0, shards=2)
    assert not (tmp_path / "out").exists()


def test_other_images_have_no_translation(images):
    with pytest.raises(InputError, match="no translation of 00009"):
        folder(images).translate(Batch(("00000", "00009"), torch.rand(2, 3, 8, 12)))


def test_its_files_are_what_a_translation_depends_on(images, source):
    assert Folder.files(Folder.Config(images=str(images))) == tuple(str(images / f"{name}.png") for name in source.ids)
    assert Folder.files(Folder.Config(images=str(images / "absent"))) == ()
