"""What the paper's tables are and what is printed in them, from the files in paper/."""

from pathlib import Path

import pandas as pd
import yaml


def load_tables(directory: str | Path) -> dict:
    """The facts of `directory`/tables.yaml: `labels` {method key: label} in display order, `tables` {number: facts}."""
    return yaml.safe_load((Path(directory) / "tables.yaml").read_text(encoding="utf-8"))


def load_paper(directory: str | Path) -> pd.DataFrame:
    """All values printed in the paper, from `directory`/table1.csv .. table6.csv.

    `value` is a float, `shown` the digits as printed (14.70 keeps its zero), `marks` words out of "underline",
    "retrained" and "own".
    """
    frames = [pd.read_csv(Path(directory) / f"table{n}.csv", dtype=str, keep_default_na=False) for n in range(1, 7)]
    paper = pd.concat(frames, ignore_index=True)
    paper["table"] = paper["table"].astype(int)
    paper["shown"] = paper["value"]
    paper["value"] = paper["value"].astype(float)
    origin = paper["retrained"].map({"yes": "retrained", "own": "own"}).fillna("")
    paper["marks"] = (paper["markup"] + " " + origin).str.strip()
    return paper
