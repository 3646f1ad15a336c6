"""Files of pretrained weights: found, fetched, checked by the hash in their name, refused with one clear message."""

import hashlib
import urllib.request
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file

from dakpn.errors import InputError
from dakpn.training import pretrained
from dakpn.training.pretrained import OFFICIAL, fetched, read_state

STATE = {"layer.weight": torch.arange(4.0)}
NAMES = {"coco": pretrained.FCN}


def made_up(folder, *, right=True):
    """A file named as torchvision names its own; right: by its hash."""
    torch.save(STATE, folder / "weights.pth")
    digest = hashlib.sha256((folder / "weights.pth").read_bytes()).hexdigest()[:8]
    return (folder / "weights.pth").rename(folder / f"net-{digest if right else '01234567'}.pth")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of torch, and a machine whose network refuses every connection."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(urllib.request, "_opener", None)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    return tmp_path / "home/hub/checkpoints"


def official(monkeypatch, path):
    """Let every official name stand for this file."""
    monkeypatch.setattr("torchvision.models.get_weight", lambda name: SimpleNamespace(url=path.as_uri()))


def test_a_file_is_read_if_its_hash_is_that_of_its_name_or_its_name_has_none(tmp_path):
    save_file(STATE, tmp_path / "mine.safetensors")
    for path in (made_up(tmp_path), tmp_path / "mine.safetensors"):
        assert torch.equal(read_state(str(path), NAMES, "weights")["layer.weight"], STATE["layer.weight"])


@pytest.mark.parametrize(
    "content, message",
    [
        (None, r"^key: no such file: .*w.pth. Use none, coco or the path of a state dict.$"),
        (b"not a state dict", r"^key: .*w.pth cannot be read as a state dict"),
        ([1, 2], r"^key: .*w.pth cannot be read as a state dict"),
        ({"epoch": 3}, r"^key: .*w.pth cannot be read as a state dict \(it holds other things than tensors\)"),
    ],
)
def test_what_is_no_file_of_weights_is_named_with_a_cure(tmp_path, content, message):
    if isinstance(content, bytes):
        (tmp_path / "w.pth").write_bytes(content)
    elif content:
        torch.save(content, tmp_path / "w.pth")
    with pytest.raises(InputError, match=message):
        read_state(str(tmp_path / "w.pth"), NAMES, "key")


def test_a_wrong_hash_is_refused_whether_named_or_in_the_cache(tmp_path, cache, monkeypatch):
    path = made_up(tmp_path, right=False)
    with pytest.raises(InputError, match=r"^key: .*net-01234567.pth is damaged or another file.*Delete it and fetch"):
        read_state(str(path), NAMES, "key")
    cache.mkdir(parents=True)
    official(monkeypatch, path.rename(cache / path.name))
    with pytest.raises(InputError, match="is damaged or another file"):
        read_state("coco", NAMES, "key")


@pytest.mark.parametrize("name", OFFICIAL)
def test_a_refused_download_says_which_file_goes_where(cache, name):
    with pytest.raises(
        InputError, match=rf"^key: https.*refused.*make weights.*put it at {cache}/\w+-[0-9a-f]{{8}}.pth"
    ):
        read_state("coco", {"coco": name}, "key")
    assert not list(cache.iterdir())


def test_weights_are_fetched_once_and_a_download_with_another_hash_is_not_kept(tmp_path, cache, monkeypatch, capsys):
    path = made_up(tmp_path)
    official(monkeypatch, path)
    pretrained.main()
    assert capsys.readouterr().out.count(str(cache / path.name)) == len(OFFICIAL)
    path.unlink()
    assert torch.equal(read_state("coco", NAMES, "key")["layer.weight"], STATE["layer.weight"])
    official(monkeypatch, made_up(tmp_path, right=False))
    with pytest.raises(InputError, match="could not be downloaded .*hash"):
        fetched("any")
    with pytest.raises(SystemExit, match="^ERROR: weights: file"):
        pretrained.main()
    assert [file.name for file in cache.iterdir()] == [path.name]
