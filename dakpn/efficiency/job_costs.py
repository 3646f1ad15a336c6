"""What jobs cost: the small files that jobs leave, as one table."""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

COLUMNS = "stage task domain method resolution segmenter seed seconds max_rss_mib device gpu_memory_mib".split()


def read_costs(files: Iterable[str | Path]) -> pd.DataFrame:
    """One row per cost.json file with the columns COLUMNS, empty where a job has no such part."""
    return pd.DataFrame([json.loads(Path(file).read_text(encoding="utf-8")) for file in files], columns=COLUMNS)
