"""Files: rows are written as pandas would write them, and what has a final name is complete."""

import errno
import math
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from safetensors import SafetensorError

from dakpn.errors import InputError
from dakpn.files import amount, atomic_path, seal, unsealed, write_json, write_rows

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


@pytest.mark.parametrize(
    "error, free",
    [
        (OSError(errno.ENOSPC, "No space left on device"), 10**9),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), 10**9),
        (RuntimeError("unexpected pos 576 vs 534"), 0),  # torch.save
        (SafetensorError("I/O error: No space left on device (os error 28)"), 2_000_000),
    ],
)
def test_a_full_disk_is_named_with_what_is_needed(tmp_path, monkeypatch, error, free):
    path = tmp_path / "weights"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(
        InputError, match=rf"{path}: the disk is full: it needs more than .*B. Free disk space"
    ) as raised:
        with atomic_path(path) as temporary:
            temporary.write_bytes(bytes(5_000_000))
            raise error
    assert raised.value.__cause__ is error and f"it needs more than {amount(5_000_000 + free)}" in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_other_errors_are_not_taken_for_a_full_disk(tmp_path):
    with pytest.raises(RuntimeError, match="another"):
        with atomic_path(tmp_path / "weights"):
            raise RuntimeError("another")


def test_a_seal_tells_any_change(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    seal(path)
    assert unsealed(path) == b"content"
    sealed = path.read_bytes()
    for wrong in (sealed[:-1], sealed + b" ", b"C" + sealed[1:], sealed[:-1] + b"?", b""):
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match="not those that were written"):
            unsealed(path)
