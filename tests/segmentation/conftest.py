from importlib.util import find_spec

import pytest

from dakpn.segmentation import SEGMENTERS


@pytest.fixture(params=list(SEGMENTERS))
def name(request):
    """The name of every segmenter, each skipped where its optional extra is not installed."""
    entry = SEGMENTERS[request.param]
    if entry.library and find_spec(entry.library) is None:
        pytest.skip(f'{request.param}: {entry.library} is not installed; run: pip install "dakpn[{entry.extra}]"')
    return request.param
