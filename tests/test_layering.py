"""Imports point one way: scripts -> baselines -> dakpn, and inside dakpn from leaves to the report."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS = (
    {"errors"},
    {
        "files",
        "labels",
        "config",
        "device",
        "confusion",
        "kernels",
        "metrics",
        "timing",
        "blur",
        "released",
    },
    {
        "statistics",
        "transforms",
        "losses",
        "data",
        "procedural",
        "sampling",
        "kpn",
        "discriminator",
        "training",
        "provenance",
        "costs",
    },
    {"validation", "switches"},
    {"protocols"},
    {"comparison"},
    {"tiling", "segmentation", "translator"},
    {"translation", "fidelity", "geometry", "shift_card", "computation"},
    {"tables", "table_format", "table_notes", "gap"},
    {"judged_tables", "paper_checks", "claims", "listing", "benchmark_table"},
    {"ledger", "evidence"},
    {"verdicts"},
    {"claims_table", "sensitivity"},
    {"verification"},
    {"figures"},
    {"report"},
)
ORDER = {name: layer for layer, names in enumerate(LAYERS) for name in names}


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


@pytest.mark.parametrize("path", modules("dakpn"), ids=lambda path: str(path.relative_to(ROOT)))
def test_dakpn_imports_downwards_only(path):
    own = path.relative_to(ROOT / "dakpn").parts[0].removesuffix(".py")
    for name in imported(path):
        assert name.split(".")[0] not in {"baselines", "workflow", "snakemake"}, f"{path} imports {name}"
        if name.startswith("dakpn.") and own != "__init__":
            assert ORDER[name.split(".")[1]] <= ORDER[own], f"{path} imports {name}, which lies above it"


@pytest.mark.parametrize("path", modules("baselines"), ids=lambda path: path.name)
def test_baselines_know_no_workflow(path):
    assert not {name.split(".")[0] for name in imported(path)} & {"workflow", "snakemake"}


def test_every_module_of_dakpn_has_a_layer():
    found = {
        path.name.removesuffix(".py")
        for path in (ROOT / "dakpn").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found - {"__init__"} == set(ORDER)


def test_no_junk_drawers():
    names = {path.stem for package in ("dakpn", "baselines", "workflow", "tests") for path in modules(package)}
    assert not names & {"utils", "helpers", "common", "misc"}


@pytest.mark.parametrize("path", modules("workflow/scripts"), ids=lambda path: path.name)
def test_scripts_adapt_and_the_library_thinks(path):
    code = [
        line
        for line in path.read_text().splitlines()
        if line.strip() and not line.startswith(("import", "from", '"""'))
    ]
    assert len(code) <= 45


@pytest.mark.parametrize(
    "path", [*modules("dakpn"), *modules("baselines")], ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_method_is_special_and_no_result_path_is_known(path):
    text = path.read_text()
    assert "results/" not in text
    assert "if method ==" not in text


@pytest.mark.parametrize("name, limit", [("Snakefile", 40), ("workflow/rules/common.smk", 120)])
def test_contents_page_and_shared_rules_stay_short(name, limit):
    assert len((ROOT / name).read_text().splitlines()) <= limit
