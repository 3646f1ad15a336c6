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
from dakpn.tables.scores import Stored
from dakpn.verification import check_rows, check_tables, recompute, recompute_claims

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "results" / "reference"
LABELS = {name: method.label for name, method in METHODS.items()}


def stores_in(folder):
    return [
        Stored(*path.parts[-6:-2], int(path.parts[-2].removeprefix("seed")), path)
        for path in sorted(folder.glob("score/*/*/*/*/seed*/confusion.npz"))
    ]


def config_of(folder):
    return json.loads((folder / "provenance.json").read_text())["config"]


@pytest.fixture(scope="module")
def recomputed():
    return recompute(config_of(REFERENCE), ROOT / "paper", stores_in(REFERENCE), LABELS)


def test_the_committed_tables_follow_from_the_committed_stores(recomputed):
    names = {f"{kind}{number}" for kind in ("table", "differences", "multiverse") for number in (1, 3, 4, 5, 6)}
    assert set(recomputed) == names
    assert check_tables(REFERENCE / "tables", recomputed) > 10_000


def test_the_committed_rows_follow_from_the_committed_stores():
    stores = stores_in(REFERENCE)
    assert check_rows(REFERENCE / "rows" / "scores.csv", stores, config_of(REFERENCE)) == 6 * len(stores)


@pytest.fixture
def one_task(tmp_path):
    """The reference's Table 5 alone, to be altered."""
    for store in stores_in(REFERENCE):
        if (store.kind, store.task) == ("fcn_score", "face"):
            copy = tmp_path / store.path.relative_to(REFERENCE)
            copy.parent.mkdir(parents=True)
            shutil.copyfile(store.path, copy)
    for part in ("tables", "rows"):
        shutil.copytree(REFERENCE / part, tmp_path / part)
    return tmp_path


def check(folder):
    stores, config = stores_in(folder), config_of(REFERENCE)
    check_tables(folder / "tables", recompute(config, ROOT / "paper", stores, LABELS))
    return check_rows(folder / "rows" / "scores.csv", stores, config)


def test_one_altered_count_is_named_with_its_table_method_and_metric(one_task):
    assert check(one_task) == 6 * 15
    path = one_task / "score/fcn_score/face/vsait/96x96/seed1/confusion.npz"
    store = ConfusionStore.load(path)
    store.counts[np.unravel_index(store.counts.argmax(), store.counts.shape)] += 1
    store.save(path)
    with pytest.raises(InputError, match=r"table5\.csv: VSAIT, pxAcc.* the confusion stores give"):
        check(one_task)
    with pytest.raises(InputError, match=r"scores\.csv: fcn_score, face, vsait, 96x96, 1, paper, pxAcc"):
        check_rows(one_task / "rows" / "scores.csv", stores_in(one_task), config_of(REFERENCE))


def test_an_altered_cell_is_named(one_task):
    path = one_task / "tables/multiverse5.csv"
    table = pd.read_csv(path)
    line = table.query("protocol == 'released' and method == 'CycleGAN' and metric == 'mIOU'").index[0]
    table.loc[line, "value"] += 0.01
    table.to_csv(path, index=False)
    with pytest.raises(InputError, match=r"multiverse5\.csv: CycleGAN, 96x96, mIOU, released.*, value: "):
        check(one_task)


def test_a_missing_table_and_a_missing_line_are_named(one_task):
    path = one_task / "tables/differences5.csv"
    table = pd.read_csv(path)
    table.iloc[1:].to_csv(path, index=False)
    with pytest.raises(InputError, match=r"differences5\.csv: has other lines"):
        check(one_task)
    path.unlink()
    with pytest.raises(InputError, match=r"differences5\.csv: no such table"):
        check(one_task)


def test_the_committed_verdicts_follow_and_an_altered_one_is_named(tmp_path):
    claims = recompute_claims(config_of(REFERENCE), ROOT / "paper", stores_in(REFERENCE), REFERENCE / "rows")
    assert check_tables(REFERENCE / "tables", {"claims": claims}) == claims.size
    written = pd.read_csv(REFERENCE / "tables" / "claims.csv")
    written.loc[2, "run"] = "supported"
    written.to_csv(tmp_path / "claims.csv", index=False)
    with pytest.raises(InputError, match=f"claims.csv: {claims['id'][2]}, run: supported is written"):
        check_tables(tmp_path, {"claims": claims})
