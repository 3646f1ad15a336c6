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
        "judging.statistics",
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
    {"judging.protocols"},
    {"judging.comparison"},
    {"tiling", "segmentation", "translator"},
    {"translation", "diagnostics", "computation"},
    {"tables.paper", "tables.lines", "tables.notes"},
    {"tables.format", "tables.tidy", "tables.supplementary", "tables.gap"},
    {"tables.scores", "tables.listing", "tables.benchmark", "claims.statements", "claims.checks"},
    {"claims.ledger", "claims.evidence"},
    {"claims.verdicts"},
    {"claims.table", "sensitivity"},
    {"verification"},
    {"figures"},
    {"report"},
)
ORDER = {name: layer for layer, names in enumerate(LAYERS) for name in names}
# Packages whose modules have an order among themselves stand in LAYERS module by module.
ORDERED = {name.split(".")[0] for name in ORDER if "." in name}


def layer_of(name):
    """The layer of a dotted name below dakpn, None for a package that only holds a docstring."""
    parts = name.split(".")
    return ORDER.get(".".join(parts[:2]) if parts[0] in ORDERED else parts[0])


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
    own = layer_of(".".join(path.relative_to(ROOT / "dakpn").with_suffix("").parts))
    for name in imported(path):
        assert name.split(".")[0] not in {"baselines", "workflow", "snakemake"}, f"{path} imports {name}"
        if name.startswith("dakpn."):
            assert own is not None, f"{path} has no layer and imports {name}"
            assert layer_of(name.removeprefix("dakpn.")) <= own, f"{path} imports {name}, which lies above it"


@pytest.mark.parametrize("path", modules("baselines"), ids=lambda path: path.name)
def test_baselines_know_no_workflow(path):
    assert not {name.split(".")[0] for name in imported(path)} & {"workflow", "snakemake"}


def test_every_module_of_dakpn_has_a_layer():
    found = {path.stem for path in (ROOT / "dakpn").iterdir() if path.suffix == ".py"}
    found |= {path.parent.name for path in (ROOT / "dakpn").glob("*/__init__.py")} - ORDERED
    found |= {f"{name}.{path.stem}" for name in ORDERED for path in (ROOT / "dakpn" / name).glob("*.py")}
    assert {name for name in found if not name.endswith("__init__")} == set(ORDER)


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
