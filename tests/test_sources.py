"""The files whose change makes a method's results stale."""

import pytest

from workflow.sources import sources


def names(method):
    return {f"{path.parent.name}/{path.name}" for path in sources(method)}


@pytest.mark.parametrize(
    "method, needed, foreign",
    [
        (
            "dakpn.model.dakpn",
            {"model/dakpn.py", "model/losses.py", "blur/native.c", "model/patches.py"},
            "baselines/vgg.py",
        ),
        ("baselines.cyclegan", {"baselines/cyclegan.py", "baselines/image_pool.py"}, "model/losses.py"),
        ("baselines.identity", {"baselines/identity.py"}, "training/sampling.py"),
    ],
)
def test_a_method_depends_on_what_it_imports_and_on_nothing_else(method, needed, foreign):
    found = names(method)
    assert needed <= found and foreign not in found
    assert not {"dakpn/config/models.py", "dakpn/training/loop.py", "data/views.py"} & found
