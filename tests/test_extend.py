"""The worked examples of docs/extend.md, run from the page's own text with the numbers of the smoke configuration.

They go on in a copy of the finished smoke run, where only what an example adds is left to do.
"""

import os
import re
import shutil
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from runs import ROOT, snakemake

from baselines import METHODS
from dakpn.config.inheritance import merge
from dakpn.plan import plan
from dakpn.plan.configure import configure

PAGE = (ROOT / "docs/extend.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def examples(title):
    """File name -> the texts that a section of the page gives for it, in order."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    found = {}
    for _, name, text in BLOCK.findall(section):
        found.setdefault(name, []).append(text)
    return found


def configuration(folder, text, replaced=(), **changes):
    """A configuration of the page as a file, with the smallest numbers; replaced: (text, its other text); changes: what
    the page leaves to the configuration that it extends.
    """
    for old, new in [("extends: miniature\n", "extends: smoke\n"), *replaced]:
        assert old in text
        text = text.replace(old, str(new))
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(merge(yaml.safe_load(text), changes), sort_keys=False))
    return path


@pytest.fixture
def finished(run, tmp_path):
    """A folder with a copy of the finished smoke run."""
    shutil.copytree(run, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


@pytest.fixture
def repository(tmp_path):
    """A copy of the repository without what a run leaves in it."""
    skipped = shutil.ignore_patterns(".*", "__pycache__", "results", "reports", "data", "*.egg-info")
    copy = tmp_path / "repository"
    shutil.copytree(ROOT, copy, ignore=lambda folder, names: skipped(folder, names) if Path(folder) == ROOT else ())
    return copy


def extend(copy, texts):
    """Add the files of a section to a copy of the repository and apply its changes to others; return what the copy now
    has that the repository has not: (new files, lines that were added or removed in others).
    """
    for name, (text, *_) in texts.items():
        path = copy / name
        if text.startswith("@@\n"):
            for hunk in text.split("@@\n")[1:]:
                lines = hunk.splitlines(keepends=True)
                before = "".join(line[1:] for line in lines if line[0] != "+")
                content = path.read_text(encoding="utf-8")
                assert content.count(before) == 1
                after = "".join(line[1:] for line in lines if line[0] != "-")
                path.write_text(content.replace(before, after), encoding="utf-8")
        elif path.suffix == ".py":
            path.write_text(text, encoding="utf-8")
    files = [path.relative_to(copy) for path in copy.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    new = [str(file) for file in files if not (ROOT / file).exists()]
    others = [
        file for file in files if str(file) not in new and (copy / file).read_bytes() != (ROOT / file).read_bytes()
    ]
    texts = ([(root / file).read_text(encoding="utf-8").splitlines() for root in (ROOT, copy)] for file in others)
    return new, [line for both in texts for line in unified_diff(*both, n=0) if re.match(r"[+-](?![+-]{2} )", line)]


def measured(folder, table):
    """The measured lines of a table of the smoke run that have a value."""
    found = pd.read_csv(folder / f"results/smoke/tables/{table}.csv", dtype={"resolution": str})
    return found[(found["source"] == "measured") & found["value"].notna()]


@pytest.mark.slow
def test_a_method_is_one_file_and_one_line_and_stands_in_every_table(finished, repository, tmp_path):
    texts = examples("A method")
    new, changed = extend(repository, texts)
    assert new == ["baselines/brightness.py"]
    # The entry of METHODS, and the import that it needs.
    assert changed == ["+from baselines.brightness import Brightness", '+    "brightness": Brightness,']
    (text,) = texts["mine.yaml"]
    # The smoke configuration lists the methods of streets itself, where the page's leaves them to `compare`.
    config = configuration(tmp_path, text, tasks={"street": {"methods": None, "ablations": []}})
    snakemake(finished, "all", config=config, root=repository)
    for table, columns in (("table1", 1), ("table3", 2), ("table4", 1), ("table5", 1)):
        line = measured(finished, table).query("method == 'Brightness matching'")
        assert len(line) == 3 * columns and line["value"].between(0, 100).all() and (line["seeds"] == 1).all()
    page = (finished / "reports/smoke/index.html").read_text()
    rows = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    shown = {re.search(r"Table \d", row).group() for row in rows if "Brightness matching" in row and "Table" in row}
    assert {"Table 1", "Table 3", "Table 4", "Table 5"} <= shown


@pytest.mark.slow
def test_the_contract_takes_a_new_method_with_the_others(repository):
    extend(repository, examples("A method"))
    words = [sys.executable, "-m", "pytest", "-q", "tests/baselines/test_methods.py", "-k", "brightness"]
    paths = os.environ | {"PYTHONPATH": str(repository)}
    found = subprocess.run(words, cwd=repository, env=paths, capture_output=True, text=True, check=False)
    assert found.returncode == 0 and re.search(r"\d+ passed", found.stdout), found.stdout[-3000:]


@pytest.mark.slow
def test_a_folder_of_images_has_the_scores_of_the_method_that_made_them(finished, tmp_path):
    made = finished / "results/smoke/translation/face/fda/seed0/images"
    images = shutil.copytree(made, tmp_path / "images")
    (text,) = examples("A folder of translated images")["mine.yaml"]
    config = configuration(tmp_path, text, [("/data/mine", images)])
    names = sorted(path.relative_to(images) for path in images.rglob("*.png"))
    (images / names[0]).unlink()
    Image.new("RGB", (48, 40)).save(images / names[1])
    targets = [f"results/smoke/tables/{name}.csv" for name in ("table2", "table4", "table5", "fidelity", "geometry")]
    said = snakemake(finished, *targets, config=config, check=False)
    assert said.count(f"ERROR: {images}: ") == 1 and "Traceback" not in said
    assert f"missing (1): {names[0]}\n" in said and f"of another size (1): {names[1]} (40x48)\n" in said
    left = [path for path in (finished / "results/smoke").glob("*/face/mine/**/*") if path.is_file()]
    assert not left and not (finished / "results/smoke/translation/face/mine/seed0/images").exists()

    for name in names[:2]:
        shutil.copy(made / name, images / name)
    snakemake(finished, *targets, config=config)
    for table in ("table4", "table5"):
        lines = measured(finished, table).set_index(["resolution", "metric"])
        mine, his = (lines[lines["method"] == method] for method in ("Mine", "FDA"))
        columns = ["value", "ci_low", "ci_high"]
        assert len(mine) == 3 and mine[columns].equals(his[columns])
    for table in ("table2", "fidelity", "geometry"):
        rows = pd.read_csv(finished / f"results/smoke/tables/{table}.csv").query("method == 'Mine'")
        assert set(rows["shown"]) == {"not run: images only"} and (rows["seeds"] == 0).all()
        assert "not run: images only" in (finished / f"results/smoke/tables/{table}.md").read_text()


def draw(root, split, count, seed):
    """Images of grounds, walls and skies in the format of the page, as somebody's own data."""
    random = np.random.default_rng(seed)
    for number in range(count):
        label = np.full((60, 100), 3, np.uint8)
        label[random.integers(25, 35) :] = 1
        left, top = random.integers(10, 60), random.integers(5, 25)
        label[top:40, left : left + 25] = 2
        label[:3] = 0
        colours = random.integers(0, 256, (4, 3))
        image = np.clip(colours[label] + random.normal(0, 10, (*label.shape, 3)), 0, 255).astype(np.uint8)
        for part, array in (("images", image), ("labels", label)):
            path = root / part / split / f"{number:04d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(path)


@pytest.fixture
def town(tmp_path):
    """Two data sets as the page describes them, and the page's configuration of them as text."""
    texts = examples("Data")
    for seed, (name, splits) in enumerate({"town-drawn": {"train": 6}, "town-photos": {"train": 6, "val": 3}}.items()):
        for split, count in splits.items():
            draw(tmp_path / "data" / name, split, count, seed)
        (tmp_path / "data" / name / "classes.yaml").write_text(texts["classes.yaml"][0])
    return texts["mine.yaml"][0]


@pytest.mark.slow
def test_data_of_ones_own_are_a_task_with_tables_of_its_own(town, tmp_path):
    methods = {"tasks": {"town": {"methods": ["identity", "fda"]}}}
    config = configuration(tmp_path, town, [("/data/", f"{tmp_path}/data/")], **methods)
    snakemake(tmp_path, "all", config=config)
    tables = tmp_path / "results/town/tables"
    segmentation, judged = (pd.read_csv(tables / f"{kind}-town.csv") for kind in ("segmentation", "fcn-score"))
    assert list(dict.fromkeys(segmentation["method"])) == ["Source (untranslated)", "FDA", "Target"]
    assert list(dict.fromkeys(judged["method"])) == ["Source (untranslated)", "FDA"]
    for table in (segmentation, judged):
        assert (table["source"] == "measured").all() and table["value"].between(0, 100).all()
    classes = pd.read_csv(tmp_path / "results/town/rows/classes.csv")
    assert set(classes["class"]) == {"ground", "wall", "sky"}
    page = (tmp_path / "reports/town/index.html").read_text()
    assert "Segmentation (town)" in page and "FCN-Scores (town)" in page


def test_two_street_tasks_stand_in_one_run(town, tmp_path):
    raw = yaml.safe_load(town.replace("/data/", f"{tmp_path}/data/"))
    raw["tasks"] = {name: section for name, section in raw["tasks"].items() if section}
    both = plan(configure(raw, METHODS))
    assert list(both.configuration.tasks) == ["street", "face", "town"]
    of = {table: {cell.row for cell in both.cells if cell.table == table} for table in both.entries}
    assert of["segmentation-town"] == {"Source (untranslated)", "FDA", "DA-KPN-T", "Target"}
    assert of["table3"] > of["segmentation-town"]
    places = {
        task: {node.place for node in both.jobs if getattr(node, "task", None) == task} for task in ("street", "town")
    }
    assert places["town"] and not places["street"] & places["town"]


@pytest.mark.slow
def test_a_task_has_several_segmenters_one_of_them_a_new_file(finished, repository, tmp_path):
    texts = examples("A segmenter")
    new, changed = extend(repository, texts)
    assert new == ["dakpn/segmentation/one_layer.py"]
    assert changed == ["+from dakpn.segmentation.one_layer import OneLayer", '+    "one_layer": OneLayer,']
    several, own = map(yaml.safe_load, texts["mine.yaml"])
    both = merge(several, own)
    both["tasks"]["face"]["segmenters"] = ["main", "wide", "layer"]
    tiny = {name: {"iterations": 2} for name in ("wide", "layer")}
    config = configuration(tmp_path, yaml.safe_dump(both), segmenters=tiny)
    snakemake(finished, "results/smoke/tables/segmenters-face.csv", config=config, root=repository)
    table = measured(finished, "segmenters-face")
    assert list(dict.fromkeys(table["resolution"])) == ["small FCN", "wide", "one layer"]
    assert table.groupby(["resolution", "metric"]).size().eq(3).all()
    # The first segmenter's scores are those of the task's own table.
    own = table.query("resolution == 'small FCN'").set_index(["method", "metric"])["value"]
    usual = measured(finished, "table4").set_index(["method", "metric"])["value"]
    assert own.equals(usual[own.index])
    text = (finished / "results/smoke/tables/segmenters-face.md").read_text()
    assert all(f"Order of methods under {other} and under small FCN: " in text for other in ("wide", "one layer"))
