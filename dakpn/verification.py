"""Whether the tables of a finished run follow from its confusion stores: no image, no weights, no training."""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dakpn.claims.table import run_ledger
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.protocols import PROTOCOLS, scores_under
from dakpn.tables.paper import load_paper, load_tables
from dakpn.tables.scores import Stored, columns, comparisons, difference_table, multiverse_table, score_table
from dakpn.tables.tidy import area

TOLERANCE = 2e-8  # tables hold eight decimals
KEYS = ["table", "id", "method", "resolution", "metric", "protocol", "source"]


def recompute(
    config: Mapping[str, Any], paper: str | Path, stores: Sequence[Stored], labels: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """File name without suffix -> the table of scores, its differences and its multiverse, of every table of scores.

    config: the run's configuration, as in provenance.json; labels: method key -> label. Timings, fidelity and the shift
    card are measurements that no confusion store holds.
    """
    spec, printed, frames = load_tables(paper), load_paper(paper), {}
    for number, entry in spec["tables"].items():
        task = config["tasks"].get(entry["task"])
        mine = [store for store in stores if task and _belongs(store, entry, task)]
        if not mine:
            continue
        space = task["target"]["reader"]
        found = columns(entry, mine)
        judged = comparisons(found, config["protocol"], space)
        about, protocol = dict(run=config["run"], labels=labels), dict(protocol=config["protocol"])
        sizes = dict(resolutions=_sizes(task))
        frames[f"table{number}"] = score_table(
            number, spec, printed, found, judged, **about, **protocol, **sizes, space=space
        )
        frames[f"differences{number}"] = difference_table(number, spec, judged, **about, **protocol)
        frames[f"multiverse{number}"] = multiverse_table(number, spec, found, **about, space=space)
    return frames


def recompute_claims(
    config: Mapping[str, Any], paper: str | Path, stores: Sequence[Stored], rows: str | Path
) -> pd.DataFrame:
    """The claims ledger. rows: folder of the run's timing.csv and fidelity.csv, which no confusion store holds."""
    tasks = config["tasks"]
    return run_ledger(
        paper,
        stores,
        spaces={name: task["target"]["reader"] for name, task in tasks.items()},
        resolutions={name: _sizes(task) for name, task in tasks.items()},
        protocol=config["protocol"],
        **{name: _rows(Path(rows) / f"{name}.csv") for name in ("timing", "fidelity")},
    )


def check_tables(folder: str | Path, frames: Mapping[str, pd.DataFrame]) -> int:
    """Compare `folder`/<name>.csv with every recomputed table, cell by cell; return the number of cells.

    Raises InputError that names the first cell that differs, or the file that is missing or has other lines.
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


def check_rows(path: str | Path, stores: Iterable[Stored], config: Mapping[str, Any]) -> int:
    """Compare the values of rows/scores.csv with the stores'; return their number. Raises InputError as above."""
    names = ["kind", "task", "method", "resolution", "seed", "protocol", "metric"]
    written = pd.read_csv(path).set_index(names)["value"]
    lines = {}
    for store in stores:
        space = LABEL_SPACES[config["tasks"][store.task]["target"]["reader"]]
        counts = ConfusionStore.load(store.path).counts
        for protocol in PROTOCOLS.values():
            for metric, value in scores_under(counts, protocol, space)[0].items():
                lines[(*store[:5], protocol.name, metric)] = 100 * value
    for key, value in lines.items():
        found = written.get(key, np.nan)
        if not np.isclose(found, value, rtol=0, atol=TOLERANCE, equal_nan=True):
            raise InputError(
                f"{path}: {', '.join(map(str, key))}: {found} is written, the confusion store gives {value}. "
                "One of the two was altered. Score again, or restore the file."
            )
    return len(lines)


def _belongs(store: Stored, entry: Mapping[str, Any], task: Mapping[str, Any]) -> bool:
    """Whether a table shows the store: an ablation stands in its closed table only, other sizes stand nowhere."""
    listed, sizes = [row["method"] for row in entry["rows"]], _sizes(task)
    positions = [slot["position"] for slot in entry["resolutions"] if slot["position"] < len(sizes)]
    shown = store.method in listed if entry.get("closed") else store.method not in task["ablations"]
    own = (store.kind, store.task) == (entry["kind"], entry["task"])
    return own and shown and store.resolution in [sizes[position] for position in positions]


def _rows(path: Path) -> pd.DataFrame:
    """The rows of a file, none where a run without such rows left it empty."""
    return pd.read_csv(path) if path.read_text().strip() else pd.DataFrame()


def _sizes(task: Mapping[str, Any]) -> list[str]:
    return sorted(("x".join(map(str, size)) for size in task["resolutions"]), key=area)


def _check_column(path: Path, written: pd.DataFrame, expected: pd.DataFrame, column: str, keys: list[str]) -> None:
    if pd.api.types.is_numeric_dtype(expected[column]) and pd.api.types.is_numeric_dtype(written[column]):
        same = np.isclose(written[column], expected[column], rtol=0, atol=TOLERANCE, equal_nan=True)
    else:
        same = (written[column].fillna("").astype(str) == expected[column].fillna("").astype(str)).to_numpy()
    if not same.all():
        line = int(np.argmin(same))
        cell = ", ".join(str(written[key][line]) for key in keys[1:] if pd.notna(written[key][line]))
        raise InputError(
            f"{path}: {cell}, {column}: {written[column][line]} is written, the confusion stores give "
            f"{expected[column][line]}. One of the two was altered. Score again, or restore the file."
        )
