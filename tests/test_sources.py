"""The files whose change makes a method's results stale."""

import pytest

from workflow.sources import sources


def names(method):
    return {f"{path.parent.name}/{path.name}" for path in sources(f"baselines.{method}")}


@pytest.mark.parametrize(
    "method, needed, foreign",
    [
        (
            "dakpn",
            {"baselines/dakpn.py", "dakpn/losses.py", "blur/native.c", "baselines/patches.py"},
            "baselines/vgg.py",
        ),
        ("cyclegan", {"baselines/cyclegan.py", "baselines/image_pool.py"}, "dakpn/losses.py"),
        ("identity", {"baselines/identity.py"}, "dakpn/sampling.py"),
    ],
)
def test_a_method_depends_on_what_it_imports_and_on_nothing_else(method, needed, foreign):
    found = names(method)
    assert needed <= found and foreign not in found
    assert not {"dakpn/config.py", "dakpn/training.py", "data/views.py"} & found
