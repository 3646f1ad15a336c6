"""Which edits make the results of which scripts stale."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from copies import copied, edit

from dakpn.errors import InputError
from workflow.code_identity import PACKAGES, ROOT, code_of, trace

SCRIPTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "workflow" / "scripts").glob("*.py"))
METHODS = "baselines.METHODS"
CYCLEGAN = {METHODS: ["cyclegan"]}

LOADED = """
import ast, json, sys
from pathlib import Path
packages, scripts = json.loads(sys.argv[1])
found = {}
for script in scripts:
    for name in [name for name in sys.modules if name.split(".")[0] in packages]:
        del sys.modules[name]
    tree = ast.parse(Path(script).read_text())
    tree.body = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    exec(compile(tree, script, "exec"), {})
    found[script] = [name for name in sys.modules if name.split(".")[0] in packages]
print(json.dumps(found))
"""


@pytest.fixture
def copy(tmp_path):
    return copied(tmp_path / "copy")


def digests(root, only=None):
    return {script: code_of(script, only, root=root) for script in SCRIPTS}


def changed(root):
    """The names of the scripts whose digest differs from that of the repository."""
    before, after = digests(ROOT), digests(root)
    return {Path(script).stem for script in SCRIPTS if before[script] != after[script]}


def house(folder, **files):
    """A small repository: file name without suffix, __ for a slash -> text; returns its root."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/', 1)}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for package in PACKAGES:
        (folder / package).mkdir(exist_ok=True)
        (folder / package / "__init__.py").touch()
    return folder


def test_a_repository_elsewhere_has_the_same_digests(copy):
    assert changed(copy) == set()
    assert len(set(digests(copy).values())) == len(SCRIPTS)


@pytest.mark.parametrize(
    "file, old, new",
    [
        (
            "dakpn/evaluation/metrics.py",
            "known = np.isfinite(values)",
            "known = np.isfinite(  # a comment\n        values)",
        ),
        ("dakpn/evaluation/metrics.py", "Mean over the last axis", "The mean over the last axis"),
        ("dakpn/config/models.py", 'description="images in every training split"', 'description="images"'),
        ("workflow/job.py", "A running job", "One running job"),
    ],
)
def test_words_for_readers_change_nothing(copy, file, old, new):
    edit(copy, file, old, new)
    assert changed(copy) == set()


def test_an_expression_in_the_metrics_changes_what_scores_and_nothing_that_trains(copy):
    edit(copy, "dakpn/evaluation/metrics.py", "targets + predictions - right", "targets + predictions")
    found = changed(copy)
    assert {"score", "table"} <= found
    assert not found & {"segmenter", "translator", "translation", "view", "procedural_data"}


def test_the_plumbing_of_jobs_counts(copy):
    edit(copy, "workflow/job.py", "cudnn.deterministic = True", "cudnn.deterministic = False")
    assert {"segmenter", "translator", "score"} <= changed(copy)


@pytest.mark.parametrize(
    "file, script",
    [
        ("dakpn/model/blur/native.c", "workflow/scripts/timing.py"),
        ("dakpn/data/label_spaces.yaml", "workflow/scripts/score.py"),
        ("dakpn/tables/table.html.j2", "workflow/scripts/table.py"),
        ("dakpn/report/style.css", "workflow/scripts/report.py"),
    ],
)
def test_a_data_file_counts_with_the_module_that_reads_it(copy, file, script):
    with (copy / file).open("a") as stream:
        stream.write("\n")
    assert code_of(script, root=copy) != code_of(script)


def test_a_method_is_stale_by_its_own_code_alone(copy):
    with (copy / "baselines/vsait.py").open("a") as stream:
        stream.write("\n\nVSAIT.weight = 2\n")
    script = "workflow/scripts/translator.py"
    for method, stale in {"vsait": True, "cyclegan": False}.items():
        only = {METHODS: [method]}
        assert (code_of(script, only, root=copy) != code_of(script, only)) is stale
    assert code_of(script, root=copy) != code_of(script)
    assert len({code_of(script, {METHODS: keys}) for keys in (["vsait"], ["cyclegan"], ["identity"], [])}) == 4


def test_a_new_method_leaves_the_others_alone(copy):
    (copy / "baselines/mine.py").write_text("class Mine:\n    pass\n\n\nMine()\n")
    edit(copy, "baselines/__init__.py", '    "cyclegan":', '    "mine": Mine,\n    "cyclegan":')
    edit(copy, "baselines/__init__.py", "\nMETHODS", "\nfrom baselines.mine import Mine\n\nMETHODS")
    script = "workflow/scripts/translator.py"
    assert code_of(script, CYCLEGAN, root=copy) == code_of(script, CYCLEGAN)
    assert "baselines.mine" in trace(script, {METHODS: ["mine"]}, root=copy).loaded
    assert code_of(script, root=copy) != code_of(script)


def test_all_that_python_loads_is_followed():
    """Independent of how the search works: Python itself runs the import statements of every script."""
    command = [sys.executable, "-c", LOADED, json.dumps([PACKAGES, SCRIPTS])]
    loaded = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    assert any(loaded.values())
    for script in SCRIPTS:
        assert set(loaded[script]) <= trace(script).loaded, script


def test_a_parse_of_the_workflow_does_not_wait_for_it(copy):
    began = time.process_time()
    digests(copy)
    assert time.process_time() - began < 1  # about 0.3 s, and no import of torch (2 s)


@pytest.mark.parametrize(
    "script",
    [
        "from dakpn.a import f",
        "from dakpn import a",
        "import dakpn.a as a",
        "def run():\n    from dakpn.a import *",
        "from dakpn.b import g",
        "from dakpn import h",
    ],
)
def test_imports_are_followed_wherever_and_however_they_are_written(tmp_path, script):
    root = house(tmp_path, workflow__run=script, dakpn__a="", dakpn__b="from .a import f", dakpn__c="")
    (root / "dakpn/__init__.py").write_text("from .a import f as h\n" if script.endswith("h") else "")
    loaded = trace("workflow/run.py", root=root).loaded
    assert "dakpn.a" in loaded and "dakpn.c" not in loaded


@pytest.mark.parametrize(
    "script, only, message",
    [
        ("from dakpn.missing import f", {}, "workflow/run.py:1: there is no module dakpn.missing"),
        ("import dakpn.missing", {}, "there is no module dakpn.missing"),
        ("from importlib import import_module\nimport_module('dakpn.a')", {}, "import_module hides"),
        ("import importlib as i\ni.import_module('dakpn.a')", {}, "workflow/run.py:2: import_module hides"),
        ("import dakpn.a", {"dakpn.a.MISSING": ["x"]}, "dakpn.a.MISSING is no dict literal"),
        ("import dakpn.a as a", {"dakpn.a.CALLED": ["x"]}, "dakpn.a.CALLED is no dict literal"),
        ("import dakpn.a as a", {"dakpn.a.R": ["y"]}, "dakpn.a.R has no y. It has x."),
        ("import json", {"dakpn.a.R": ["x"]}, "does not use"),
    ],
)
def test_what_cannot_be_followed_is_named(tmp_path, script, only, message):
    root = house(tmp_path, workflow__run=script, dakpn__a="R = {'x': 1}\nCALLED = dict(x=1)\n")
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        code_of("workflow/run.py", only, root=root)


def test_a_missing_script_is_named():
    with pytest.raises(InputError, match="workflow/scripts/missing.py: there is no module"):
        code_of("workflow/scripts/missing.py")
