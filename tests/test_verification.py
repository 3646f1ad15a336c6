"""Verification: the committed reference follows from its stores, and one altered count is found and named."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines import METHODS
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.files import sha256
from dakpn.plan import Plan, Score
from dakpn.plan.configure import configure
from dakpn.verification import check_hashes, check_rows, check_tables, recompute

REFERENCE = Path(__file__).parents[1] / "results" / "reference"
CONFIG = json.loads((REFERENCE / "provenance.json").read_text())["config"]
RUN = Plan(configure(CONFIG, METHODS))
METRICS, PROTOCOLS = 3, 2


@pytest.fixture(scope="module")
def recomputed():
    return recompute(RUN, REFERENCE)


def test_the_committed_tables_and_verdicts_follow_from_the_committed_stores(recomputed):
    tables = [f"table{number}{kind}" for number in (1, 3, 4, 5, 6) for kind in ("", "-differences", "-multiverse")]
    assert set(recomputed) == {*tables, "claims"}
    assert check_tables(REFERENCE / "tables", recomputed) > 10_000


def test_the_committed_rows_follow_from_the_committed_stores():
    written = check_rows(REFERENCE, RUN)
    lines = [len(pd.read_csv(REFERENCE / "rows" / f"{name}.csv")) for name in ("scores", "classes")]
    assert written == sum(lines) and lines[0] == METRICS * PROTOCOLS * len(RUN.all_scores)


def test_no_committed_store_is_left_out_of_the_check():
    stores = {path.relative_to(REFERENCE).as_posix() for path in REFERENCE.glob("score/**/confusion.npz")}
    assert stores == {score.file("confusion").path for score in RUN.all_scores}


@pytest.fixture
def altered(tmp_path):
    """A copy of the reference's tables, rows and stores, to be altered."""
    for part in ("tables", "rows", "score"):
        shutil.copytree(REFERENCE / part, tmp_path / part)
    return tmp_path


def test_one_altered_count_is_named_with_its_table_method_and_metric(altered):
    path = altered / Score("fcn_score", "face", "vsait", "96x96", "main", 1).file("confusion").path
    store = ConfusionStore.load(path)
    store.counts[np.unravel_index(store.counts.argmax(), store.counts.shape)] += 1
    store.save(path)
    with pytest.raises(InputError, match=r"table5\.csv: VSAIT, pxAcc.* the confusion stores give"):
        check_tables(altered / "tables", recompute(RUN, altered))
    with pytest.raises(InputError, match=r"scores\.csv: fcn_score, face, vsait, 96x96, main, 1, 0, paper, pxAcc"):
        check_rows(altered, RUN)


@pytest.mark.parametrize("name, column", [("scores", "value"), ("classes", "iou")])
def test_an_altered_a_missing_and_an_invented_row_are_named(altered, name, column):
    path = altered / "rows" / f"{name}.csv"
    rows = pd.read_csv(path)
    key = f"{rows['kind'][5]}, {rows['task'][5]}, {rows['method'][5]}"
    changed, invented = rows.copy(), rows.iloc[[5]].assign(seed=99)
    changed.loc[5, column] += 0.01
    for wrong in (changed, rows.drop(index=5), pd.concat([rows, invented])):
        wrong.to_csv(path, index=False)
        with pytest.raises(InputError, match=rf"{name}\.csv: {key}.*One of the two was altered"):
            check_rows(altered, RUN)


def test_a_file_that_no_store_gives_is_held_to_its_hash(altered):
    files = {f"rows/{name}.csv": sha256(altered / f"rows/{name}.csv") for name in ("fidelity", "timing")}
    assert check_hashes(altered, files) == 2
    path = altered / "rows" / "fidelity.csv"
    path.write_text(path.read_text().replace("9", "8", 1))
    with pytest.raises(InputError, match=r"rows/fidelity\.csv: not the file that provenance\.json names"):
        check_hashes(altered, files)
    path.unlink()
    with pytest.raises(InputError, match=r"rows/fidelity\.csv: not the file"):
        check_hashes(altered, files)


def test_an_altered_cell_is_named(altered, recomputed):
    path = altered / "tables/table5-multiverse.csv"
    table = pd.read_csv(path)
    line = table.query("protocol == 'released' and method == 'CycleGAN' and metric == 'mIOU'").index[0]
    table.loc[line, "value"] += 0.01
    table.to_csv(path, index=False)
    with pytest.raises(InputError, match=r"table5-multiverse\.csv: CycleGAN, 96x96, mIOU, released.*, value: "):
        check_tables(altered / "tables", recomputed)


def test_a_missing_table_a_missing_line_and_a_missing_store_are_named(altered, recomputed):
    path = altered / "tables/table5-differences.csv"
    table = pd.read_csv(path)
    table.iloc[1:].to_csv(path, index=False)
    with pytest.raises(InputError, match=r"table5-differences\.csv: has other lines"):
        check_tables(altered / "tables", recomputed)
    path.unlink()
    with pytest.raises(InputError, match=r"table5-differences\.csv: no such table"):
        check_tables(altered / "tables", recomputed)
    store = altered / Score("fcn_score", "street", "vsait", "96x160", "main", 1).file("confusion").path
    store.unlink()
    with pytest.raises(InputError, match=f"{store}: no such store"):
        recompute(RUN, altered)


def test_an_altered_verdict_is_named(tmp_path, recomputed):
    claims = recomputed["claims"]
    written = pd.read_csv(REFERENCE / "tables" / "claims.csv")
    written.loc[2, "run"] = "supported"
    written.to_csv(tmp_path / "claims.csv", index=False)
    with pytest.raises(InputError, match=f"claims.csv: {claims['id'][2]}, run: supported is written"):
        check_tables(tmp_path, {"claims": claims})
