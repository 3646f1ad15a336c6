"""The compiled blur in the user's cache: what others put there is not loaded."""

import os
import subprocess

import pytest
import torch

from dakpn.files import sha256
from dakpn.model.blur import function, local_gaussian_blur, native

pytestmark = pytest.mark.skipif(not function.compiler_works(), reason="no working C compiler")


@pytest.fixture
def cache_folder(tmp_path, monkeypatch):
    """A cache folder that holds the compiled code, which the test may change; everything is forgotten afterwards."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    native.library.cache_clear()
    native.library()
    native.library.cache_clear()
    yield tmp_path / "dakpn"
    native.library.cache_clear()


def library_that_marks(folder, code=""):
    """The path of a shared library whose constructor leaves the file `loaded` in `folder`."""
    (folder / "planted.c").write_text(
        "#include <stdio.h>\n"
        f'__attribute__((constructor)) static void mark(void) {{ fclose(fopen("{folder}/loaded", "w")); }}\n{code}'
    )
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "planted", folder / "planted.c"], check=True)
    return folder / "planted"


@pytest.mark.parametrize("place", ["the name without a hash", "the right name", "a link", "writable by others"])
def test_a_planted_library_is_not_loaded(cache_folder, tmp_path, place):
    (right,) = cache_folder.glob("*.so")
    planted = library_that_marks(tmp_path)
    if place == "the name without a hash":
        right.unlink()
        planted.rename(cache_folder / f"{right.stem.rpartition('-')[0]}.so")
    elif place == "the right name":
        os.replace(planted, right)
    else:
        named = cache_folder / f"{right.stem.rpartition('-')[0]}-{sha256(planted)}.so"
        right.unlink()
        named.symlink_to(planted) if place == "a link" else os.replace(planted, named)
        named.chmod(0o722)
    native.library()
    assert not (tmp_path / "loaded").exists()
    image = torch.rand(1, 3, 20, 150)
    expected = local_gaussian_blur(image, image, backend="eager")
    torch.testing.assert_close(local_gaussian_blur(image, image, backend="compiled"), expected, atol=1e-5, rtol=0)
    assert cache_folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("code", ["", "void blur_forward(void) {} void blur_backward(void) {}"])
def test_a_library_that_lacks_functions_or_computes_something_else_is_replaced(cache_folder, tmp_path, code):
    (right,) = cache_folder.glob("*.so")
    planted = library_that_marks(tmp_path, code)
    wrong = cache_folder / f"{right.stem.rpartition('-')[0]}-{sha256(planted)}.so"
    right.unlink()
    os.replace(planted, wrong)
    wrong.chmod(0o700)
    native.library()
    assert (tmp_path / "loaded").exists() and list(cache_folder.glob("*.so")) == [right]


def test_a_folder_of_another_user_is_not_used(cache_folder, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(native.CompilerError, match="another user's"):
        native.library()
