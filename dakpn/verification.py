"""Recompute the tables of a finished run from its confusion stores, without images, weights or training.

What no store holds, such as timings, is compared with the hashes in its provenance.
"""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from dakpn.claims.table import run_ledger
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.protocols import PROTOCOLS, scores_under
from dakpn.files import sha256
from dakpn.paper import PAPER, load_paper
from dakpn.plan import Plan
from dakpn.plan.scores import Score
from dakpn.plan.tables import Table
from dakpn.tables.scores import score_tables, stored

TOLERANCE = 2e-8  # tables hold eight decimals
KEYS = ["table", "id", "method", "resolution", "metric", "protocol", "source"]


def store_path(folder: str | Path, score: Score) -> Path:
    """Where a run's folder keeps the confusion store of a score. Raises InputError when it is not there."""
    path = Path(folder) / score.file("confusion").path
    if not path.is_file():
        raise InputError(f"{path}: no such store, although the run's plan has it. Score it again, or restore the file.")
    return path


def recompute(plan: Plan, folder: str | Path) -> dict[str, pd.DataFrame]:
    """File name without suffix -> the table of scores, its differences and its multiverse, of every table of scores,
    and the claims ledger.

    plan: of the run that lies in `folder`. Timings, fidelity and the shift card are measurements that no confusion
    store holds.
    """
    printed, frames = load_paper(PAPER), {}
    for table in plan.tables:
        if not isinstance(table, Table) or not table.scores(plan):
            continue
        paths = [store_path(folder, score) for score in table.scores(plan)]
        tables = score_tables(table.settings(plan), paths, printed)
        for kind, frame in zip(("", "-differences", "-multiverse"), tables[:3], strict=True):
            frames[table.name + kind] = frame
    settings = plan.claims.settings(plan)
    paths = [store_path(folder, score) for score in plan.paper_scores]
    rows = {name: _rows(Path(folder) / "rows" / f"{name}.csv") for name in ("timing", "fidelity")}
    frames["claims"], _ = run_ledger(
        PAPER,
        stored(settings["stores"], paths),
        **{key: settings[key] for key in ("tasks", "resolutions", "protocol", "labels")},
        **rows,
    )
    return frames


def check_tables(folder: str | Path, frames: Mapping[str, pd.DataFrame]) -> int:
    """Compare `folder`/<name>.csv with every recomputed table, cell by cell; return the number of cells.

    Raises InputError naming the first cell that differs, or the file that is missing or has other lines.
    """
    cells = 0
    for name, frame in frames.items():
        path = Path(folder) / f"{name}.csv"
        if not path.is_file():
            raise InputError(f"{path}: no such table, although its confusion stores are there. Run the rule `report`.")
        written, expected = pd.read_csv(path), pd.read_csv(io.StringIO(frame.to_csv(index=False)))
        keys = [key for key in KEYS if key in expected]
        if list(written) != list(expected) or not written[keys].equals(expected[keys].astype(written[keys].dtypes)):
            raise InputError(
                f"{path}: has other lines or columns than the confusion stores give. Run the rule `report`."
            )
        for column in expected:
            _check_column(path, written, expected, column, keys)
        cells += expected.size
    return cells


def check_rows(folder: str | Path, plan: Plan) -> int:
    """Compare rows/scores.csv and rows/classes.csv with what the stores give; return the number of values.

    Raises InputError naming the first line that differs, is missing, or follows from no store.
    """
    about = ["kind", "task", "method", "resolution", "segmenter", "seed", "replicate"]
    expected: dict[str, dict[tuple, float]] = {"scores": {}, "classes": {}}
    for score in plan.all_scores:
        store = ConfusionStore.load(store_path(folder, score))
        key = tuple(getattr(score, name) for name in about)
        for protocol in PROTOCOLS.values():
            values, iou = scores_under(store.counts, protocol, store.label_space)
            names = {store.label_space.classes[i]: iou[i] for i in protocol.of(store.label_space)}
            for kind, found in (("scores", values), ("classes", names)):
                expected[kind] |= {(*key, protocol.name, name): 100 * value for name, value in found.items()}
    for kind, (name, column) in {"scores": ("metric", "value"), "classes": ("class", "iou")}.items():
        path = Path(folder) / "rows" / f"{kind}.csv"
        written = pd.read_csv(path).set_index([*about, "protocol", name])[column].to_dict()
        for key in dict.fromkeys((*expected[kind], *written)):
            pair = [found.get(key, "nothing") for found in (written, expected[kind])]
            if "nothing" in pair or not np.isclose(*pair, rtol=0, atol=TOLERANCE, equal_nan=True):
                raise InputError(f"{path}: {', '.join(map(str, key))}: {_altered(*pair)}")
    return sum(map(len, expected.values()))


def check_hashes(folder: str | Path, files: Mapping[str, str]) -> int:
    """Compare files below `folder` with the hashes that the run's provenance has of them; return their number.

    Raises InputError naming the first that is missing or holds other bytes.
    """
    for name, digest in files.items():
        path = Path(folder) / name
        if not path.is_file() or sha256(path) != digest:
            raise InputError(
                f"{path}: not the file that provenance.json names. Restore it, or delete it and run `all`."
            )
    return len(files)


def _rows(path: Path) -> pd.DataFrame:
    """The rows of a file, none where a run without such rows left it empty."""
    return pd.read_csv(path) if path.read_text().strip() else pd.DataFrame()


def _check_column(path: Path, written: pd.DataFrame, expected: pd.DataFrame, column: str, keys: list[str]) -> None:
    if pd.api.types.is_numeric_dtype(expected[column]) and pd.api.types.is_numeric_dtype(written[column]):
        same = np.isclose(written[column], expected[column], rtol=0, atol=TOLERANCE, equal_nan=True)
    else:
        same = (written[column].fillna("").astype(str) == expected[column].fillna("").astype(str)).to_numpy()
    if not same.all():
        line = int(np.argmin(same))
        cell = ", ".join(str(written[key][line]) for key in keys[1:] if pd.notna(written[key][line]))
        raise InputError(f"{path}: {cell}, {column}: {_altered(written[column][line], expected[column][line])}")


def _altered(written: object, expected: object) -> str:
    return (
        f"{written} is written, the confusion stores give {expected}. One of the two was altered. Score again, or "
        "restore the file."
    )
