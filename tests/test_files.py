"""Files: rows are written as pandas would write them, and what has a final name is complete."""

import math

import numpy as np
import pandas as pd
import pytest

from dakpn.files import atomic_path, write_json, write_rows

ROWS = {
    "a score": [
        {"method": "dakpn-s", "seed": 0, "metric": "mIOU", "value": 100 * 1 / 3, "unit": "percent", "run": "x"},
        {"method": "oracle", "seed": 1, "metric": "mIOU", "value": np.float64(2) / 3, "unit": "percent", "run": "x"},
    ],
    "very small, very large and no numbers": [
        {"step": 1, "loss": 1e-12, "other": math.nan},
        {"step": 2, "loss": 1.5e17, "other": 0.1},
        {"step": 3, "loss": math.inf, "other": -0.0},
    ],
    "a key that a row lacks, and None": [{"a": "x"}, {"a": None, "b": 0.5}, {"b": 1.0, "c": "y"}],
    "texts that need quotes": [{"a, b": 'say "no"', "c": "two\nlines", "d": "ä, ü"}, {"a, b": "", "c": " ", "d": "e"}],
    "numbers of numpy and truth": [{"a": np.int64(7), "b": True}, {"a": np.int64(8), "b": False}],
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_rows_have_the_text_that_pandas_gives_them(tmp_path, rows):
    write_rows(tmp_path / "rows.csv", rows)
    assert (tmp_path / "rows.csv").read_bytes() == pd.DataFrame(rows).to_csv(index=False).encode()


def test_whole_numbers_stay_whole_where_some_are_missing(tmp_path):
    write_rows(tmp_path / "rows.csv", [{"seed": 3}, {"seed": None, "name": "a"}])
    assert (tmp_path / "rows.csv").read_text() == "seed,name\n3,\n,a\n"


@pytest.mark.parametrize("inside", ["", "inside.txt"], ids=["file", "folder"])
def test_what_fails_leaves_the_old_content_and_nothing_beside_it(tmp_path, inside):
    path = tmp_path / "result.txt"

    def write(text, fails):
        with atomic_path(path) as temporary:
            temporary.mkdir() if inside else None
            (temporary / inside).write_text(text)
            if fails:
                raise OSError("the disk is full")

    write("first", fails=False)
    write("second", fails=False)
    with pytest.raises(OSError, match="the disk is full"):
        write("third", fails=True)
    assert (path / inside).read_text() == "second"
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_readable_and_ends_with_a_line(tmp_path):
    write_json(tmp_path / "deep" / "facts.json", {"name": "größer", "list": [1]})
    text = (tmp_path / "deep" / "facts.json").read_text(encoding="utf-8")
    assert text == '{\n  "name": "größer",\n  "list": [\n    1\n  ]\n}\n'
