"""Fixtures of all tests: one thread, and one finished run of the smoke configuration."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small tensors gain nothing from threads, and tests must not slow each other down."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The folder of a finished smoke run; tests that change it restore what they changed."""
    # Imported here because tests that need a GPU run where there is no Snakemake.
    from runs import snakemake

    folder = tmp_path_factory.mktemp("smoke")
    snakemake(folder, "all")
    return folder


def pytest_collection_modifyitems(items):
    """Tests that need a GPU say so when there is none."""
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))
