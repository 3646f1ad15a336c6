"""The benchmark of views measures what it says; how fast is not tested."""

from benchmarks.views import view_rows


def test_every_rate_is_measured(capsys):
    rows = view_rows(frames=2, frame_size=(96, 192), image_size=(96, 168), low_size=(24, 40), patches=4, repeats=1)
    assert len(rows) == 4 and all(row.per_second > 0 for row in rows)
    assert [row.name.split(" ")[0] for row in rows] == ["images", "images", "random", "random"]
