"""What the paper's tables are and what is printed in them, from the files in paper/."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    import pandas as pd

PAPER = Path(__file__).parents[1] / "paper"
"""Folder of the paper's facts."""


@cache
def load_tables(directory: str | Path) -> dict:
    """The facts of `directory`/tables.yaml: `tables` {number: facts}, and `targets`, the data set of each pair. Read
    once, because a plan asks for every table: leave it as it is."""
    return yaml.safe_load((Path(directory) / "tables.yaml").read_text(encoding="utf-8"))


def load_paper(directory: str | Path) -> "pd.DataFrame":
    """All values printed in the paper, from `directory`/table1.csv .. table6.csv.

    `value` is a float, `shown` the digits as printed (14.70 keeps its zero), `marks` words out of "underline",
    "retrained" and "own".
    """
    # Imported here because the plan, which is made at every start, reads only the facts.
    import pandas as pd

    frames = [pd.read_csv(Path(directory) / f"table{n}.csv", dtype=str, keep_default_na=False) for n in range(1, 7)]
    paper = pd.concat(frames, ignore_index=True)
    paper["table"] = paper["table"].astype(int)
    paper["shown"] = paper["value"]
    paper["value"] = paper["value"].astype(float)
    origin = paper["retrained"].map({"yes": "retrained", "own": "own"}).fillna("")
    paper["marks"] = (paper["markup"] + " " + origin).str.strip()
    return paper


def captions(directory: str | Path, figures: Mapping[str, tuple[str, str | None]]) -> dict[str, dict[str, str]]:
    """Name of a figure -> title and caption, from `directory`/figures.yaml. figures: name -> (kind, task)."""
    texts = yaml.safe_load((Path(directory) / "figures.yaml").read_text(encoding="utf-8"))
    return {
        name: {key: text.replace("{task}", str(task)) for key, text in (texts.get(name) or texts[kind]).items()}
        for name, (kind, task) in figures.items()
    }
