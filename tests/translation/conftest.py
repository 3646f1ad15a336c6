import pytest
import tiny_views

from dakpn.data.views import View


@pytest.fixture
def source(tmp_path):
    """A view of seven random images; one id has a folder."""
    return View.open(tiny_views.write(tmp_path / "source", [*(f"{i:05d}" for i in range(6)), "town/6"]))
