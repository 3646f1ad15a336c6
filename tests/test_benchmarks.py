"""The benchmark's arithmetic and its literal side; no test asserts a time."""

import subprocess
import sys
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
import torch
from literal import literal_blur

from benchmarks import comparison, gpu_check, iteration, translation
from benchmarks.feed import feed_rows
from benchmarks.literal import unfolded_blur
from benchmarks.operator import operator_rows
from benchmarks.seams import seam_rows
from benchmarks.survival import survival_rows
from benchmarks.views import view_rows
from dakpn.segmentation.registry import resolve
from dakpn.tables.benchmark import readable
from dakpn.training import checkpoint

SMALL = resolve({"network": "small", "width": 4, "iterations": 1})
SHAPES = iteration.Shapes(batch=2, grid=2, image=(64, 128), low=(32, 64), images=4, encoder=SMALL, width=4)
ONCE = {"repeats": 1, "device": torch.device("cpu")}


def test_the_literal_side_is_the_definition():
    torch.manual_seed(0)
    image, sigma = torch.rand(2, 3, 20, 30), torch.rand(2, 3, 20, 30) * 5
    torch.testing.assert_close(unfolded_blur(image, sigma).double(), literal_blur(image, sigma), atol=1e-5, rtol=0)


def test_ratios_are_medians_over_pairs():
    times = iter([8.0, 1.0, 10.0, 2.0, 30.0, 3.0])
    with mock.patch.object(comparison, "timed", lambda *_: next(times)):
        (row,) = comparison.beside_literal("part", print, {"name": lambda: None}, repeats=3, device=None)
    assert (row.value, row.low, row.high) == (2, 1, 3)
    assert (row.literal, row.ratio, row.ratio_low, row.ratio_high) == (10, 8, 5, 10)


def test_every_backend_and_direction_has_a_row():
    rows = operator_rows(1, 16, 24, sigma_max=2.0, **ONCE)
    assert len({row.name for row in rows}) == 4 and all(row.ratio > 0 for row in rows)


def test_an_iteration_is_compared_with_both_literal_forms_and_broken_down():
    with mock.patch.object(iteration, "unfolded_blur", wraps=unfolded_blur) as literal:
        rows = iteration.iteration_rows(SHAPES, **ONCE)
    assert literal.call_count == 4  # a patch and a low-resolution image, in either form
    assert sum(row.ratio is not None for row in rows) == 2
    assert sum(row.unit.startswith("%") for row in rows) == 3


def test_a_step_waits_for_data_less_where_they_are_read_ahead():
    turns, ahead = feed_rows(copy=0.05, repeats=1, device=torch.device("cpu"))
    assert turns.value >= 0.1 and turns.value > ahead.value >= 0.05


def test_a_translation_is_compared_and_every_stage_has_its_rate():
    size = {"image": (64, 128), "low": (32, 64), "count": 2, "encoder": SMALL}
    with mock.patch.object(translation, "unfolded_blur", wraps=unfolded_blur) as literal:
        rows = translation.translation_rows(**size, **ONCE)
    assert literal.call_count == 64
    assert sum(row.ratio is not None for row in rows) == 1
    assert [row.unit for row in rows[1:]] == ["images/s"] * 4


def test_views_are_measured_in_preparing_and_in_reading():
    rows = view_rows(frames=2, frame_size=(96, 192), image_size=(96, 168), low_size=(24, 40), patches=4, repeats=1)
    assert [row.unit for row in rows] == ["images/s"] * 2 + ["patches/s"] * 2
    assert all(row.value > 0 for row in rows)


def test_tiles_have_seams_and_whole_images_have_none():
    source, full, tiles = (row.value for row in seam_rows(image=(96, 160), low=(64, 64)))
    assert full < 1.1 * source and tiles > 1.3 * full


def test_the_checkpoints_that_are_timed_hold_the_moments_of_optimisers():
    narrow = {"crop": 32, "width": 8, "blocks": 1, "discriminator_width": 8}
    with mock.patch.object(checkpoint, "save", wraps=checkpoint.save) as save:
        *_, lease = survival_rows(SHAPES, cyclegan=narrow, **ONCE)
    assert save.call_count == 4 and lease.value > 0  # of each method an untimed one first
    for call in save.call_args_list:
        states = call.args[1]["state"].values()
        assert any("exp_avg" in moments for state in states for moments in _moments(state))


def _moments(state):
    return state.get("state", {}).values() if isinstance(state, dict) else ()


def test_numbers_are_shown_with_their_spread():
    rows = pd.DataFrame(
        {
            "part": "blur",
            "name": ["a|b", "c_d"],
            "value": [0.0123, 3.0],
            "low": [0.01, 2.0],
            "high": [0.02, 4.0],
            "unit": ["s", "images/s"],
            "repeats": 3,
            "literal": [1.5, None],
            "literal_low": [1.0, None],
            "literal_high": [2.0, None],
            "ratio": [1224.0, None],
            "ratio_low": [100.0, None],
            "ratio_high": [150.0, None],
            "device": "Some CPU (2 cores)",
            "threads": 2,
        }
    )
    frame = readable(rows)
    assert frame.loc[0, "Ours"] == "12.3 ms (10 to 20)" and frame.loc[0, "Literal"] == "1.5 s (1 to 2)"
    assert frame.loc[1, "Ours"] == "3 images/s (2 to 4)" and frame.loc[1, "Times faster"] == ""
    assert frame.loc[0, "Times faster"] == "1220 (100 to 150)"


@pytest.mark.parametrize("path", sorted(Path("results/benchmark").glob("*.csv")), ids=lambda path: path.stem)
def test_the_documentation_shows_the_kept_rows(path):
    table = readable(pd.read_csv(path)).drop(columns="Device").to_markdown(index=False)
    assert table in Path("docs/performance.md").read_text()


def test_the_check_of_a_gpu_goes_through_in_its_small_form(tmp_path, capsys):
    assert gpu_check.main(["--small", "--device", "cpu", "--save", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    verdicts = dict(zip(gpu_check.ITEMS, said[-len(gpu_check.ITEMS) :], strict=True))
    assert all(f"{name}: " in line for name, line in verdicts.items())
    assert verdicts["killed and resumed"].startswith("pass") and verdicts["gpu tests"].startswith("- ")
    (file,) = tmp_path.iterdir()
    rows = pd.read_csv(file)
    assert {"device", "translation", "training iteration", "data", "Table 2"} == set(rows.part)
    # A second time the same rows are replaced.
    comparison.keep([comparison.alone("data", "DA-KPN, waiting for data", [1.0])], torch.device("cpu"), tmp_path)
    assert len(pd.read_csv(file)) == len(rows)


def test_an_item_that_fails_is_named_and_the_others_go_on(monkeypatch, capsys):
    monkeypatch.setattr(gpu_check, "ITEMS", {"first": lambda check: 1 / 0, "second": lambda check: (True, "fine")})
    monkeypatch.setattr(gpu_check, "keep", lambda *_: None)
    assert gpu_check.main(["--small", "--device", "cpu"]) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "FAIL first: ZeroDivisionError: division by zero",
        "pass second: fine",
    ]


def test_the_check_of_a_gpu_needs_no_snakemake():
    code = (
        "import sys; sys.modules['snakemake'] = None; import benchmarks.gpu_check; sys.path[:0] = ['tests']\n"
        "import conftest, test_gpu, tiny_methods"
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=True)
