"""Imports point one way: scripts -> baselines -> dakpn, and inside dakpn from leaves to the report."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ROOMS = (
    "errors",
    "files",
    "paper",
    "provenance",
    "config",
    "data",
    "procedural",
    "training",
    "evaluation",
    "segmentation",
    "translation",
    "model",
    "diagnostics",
    "efficiency",
    "plan",
    "tables",
    "claims",
    "verification",
    "figures",
    "report",
)
"""What lies in dakpn/, in the order in which it may be imported: a room imports itself and those before it."""


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path):
    """The dotted name of a module below dakpn, of its package for an __init__."""
    parts = path.relative_to(ROOT / "dakpn").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", modules("dakpn"), ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_import_downwards_only(path):
    own = name_of(path).split(".")[0]
    for name in imported(path):
        parts = name.split(".")
        assert parts[0] not in {"baselines", "workflow", "snakemake"}, f"{path} imports {name}"
        if parts[0] == "dakpn":
            assert ROOMS.index(parts[1]) <= ROOMS.index(own), f"{path} imports {name}, which lies above it"


def test_modules_import_each_other_without_circles():
    known = {name_of(path): path for path in modules("dakpn") if path.stem != "__init__"}
    needs = {
        name: {other for full in imported(path) for other in [full.removeprefix("dakpn.")] if other in known} - {name}
        for name, path in known.items()
    }
    # Raises CycleError, which names the circle.
    assert len(list(TopologicalSorter(needs).static_order())) == len(known)


@pytest.mark.parametrize("path", modules("baselines"), ids=lambda path: path.name)
def test_baselines_know_no_workflow(path):
    assert not {name.split(".")[0] for name in imported(path)} & {"workflow", "snakemake"}


def test_every_room_has_its_place():
    found = {path.stem for path in (ROOT / "dakpn").iterdir() if path.suffix == ".py" and path.stem != "__init__"}
    found |= {path.parent.name for path in (ROOT / "dakpn").glob("*/__init__.py")}
    assert found == set(ROOMS)


def test_few_modules_lie_loose():
    assert len(list((ROOT / "dakpn").glob("*.py"))) <= 6


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
def test_no_method_is_special_and_only_the_plan_knows_where_results_lie(path):
    text = path.read_text()
    assert "if method ==" not in text
    assert "results/" not in text or path == ROOT / "dakpn" / "plan" / "run.py"


@pytest.mark.parametrize("path", [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")], ids=lambda path: path.name)
def test_rules_declare_and_the_plan_decides(path):
    assert not re.findall(r"^\s*(?:async\s+)?def\s", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("name, limit", [("Snakefile", 40), ("workflow/rules/common.smk", 120)])
def test_contents_page_and_shared_rules_stay_short(name, limit):
    assert len((ROOT / name).read_text().splitlines()) <= limit
