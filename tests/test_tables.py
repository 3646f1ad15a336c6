"""Tables: every printed value finds its place, measured and reported never mix, all formats carry the same digits."""

import html
import re

import pandas as pd
import pytest

from baselines import METHODS as REGISTRY
from dakpn.errors import InputError
from dakpn.paper import PAPER, load_paper
from dakpn.plan import plan
from dakpn.plan.configure import configure
from dakpn.tables.format import write
from dakpn.tables.notes import duration, missing, notes, seed_note
from dakpn.tables.supplementary import fidelity_table, shift_table
from dakpn.tables.tidy import tidy
from dakpn.tables.wide import wide

SMOKE = plan(configure({"extends": "smoke", "run": "test"}, REGISTRY))
ENTRIES, LABELS = SMOKE.entries, SMOKE.labels
VALUES = load_paper(PAPER)
RUN = dict(run="test", protocol="paper")
SIZES = {"street": ["48x80", "96x160"], "face": ["64x64"]}
METHODS = ("identity", "cyclegan", "vsait", "dakpn-s", "dakpn-t", "dakpn-t-no-blur", "dakpn-t-no-noise", "oracle")


def score_rows(methods=METHODS, seeds=(1,), protocol="paper", run="test"):
    """Scores far from every printed value, so that a mixed-up number shows: 3.00 and a little more."""
    lines = []
    for kind in ("segmentation", "fcn_score"):
        for task, sizes in SIZES.items():
            for place, (method, size) in enumerate((m, s) for m in methods for s in sizes):
                for seed in seeds:
                    for metric, shift in (("pxAcc", 0.1), ("clsAcc", 0.2), ("mIOU", 0.3)):
                        value = 3.0 + shift + place / 100 + seed
                        lines.append((kind, task, method, size, seed, metric, value, protocol, run))
    columns = "kind task method resolution seed metric value protocol run"
    return pd.DataFrame(lines, columns=columns.split())


def timing_rows(size="96x160", widths="paper"):
    lines = []
    for method in ("cyclegan", "dakpn-s"):
        for metric, value in (("params_trainable", 2.765873), ("params_training", 35.72), ("params_inference", 32.96)):
            lines.append((method, "street", metric, value, "million", None, None, 1, "", None, None, "paper"))
        for metric, value in (("train_iteration", 0.1234), ("train_epoch", 385.7), ("inference_image", 0.0123)):
            row = (method, "street", metric, value, "seconds", value * 0.9, value * 1.1, 20, "Some_CPU", 8)
            lines.append((*row, size, widths))
    columns = "method task metric value unit low high repeats device batch size widths"
    return pd.DataFrame(lines, columns=columns.split()).assign(run="test")


def table(number, rows=None, entries=ENTRIES):
    entry = entries[f"table{number}"]
    if rows is None:
        rows = timing_rows() if entry["kind"] == "timing" else score_rows()
    return tidy(f"table{number}", entry, VALUES, rows, **RUN, resolutions=SIZES[entry["task"]])


def entries_with(method, label):
    """The tables of a run that adds a method of its own, built from the untranslated source."""
    own = {method: {"method": "identity", "label": label}}
    return plan(configure({"extends": "smoke", "run": "test", "methods": own}, REGISTRY)).entries


def measured(frame):
    return frame[frame["source"] == "measured"]


def test_the_paper_has_91_values_and_each_has_one_place():
    assert len(VALUES) == 91
    reported = pd.concat([table(n) for n in range(1, 7)]).query("source == 'reported'")
    assert len(reported) == 91
    keys = ["table", "method", "resolution", "metric"]
    joined = VALUES.merge(reported, on=keys, suffixes=("", "_tidy"), validate="1:1")
    assert len(joined) == 91
    assert (joined["value"] == joined["value_tidy"]).all()


def test_printed_digits_are_kept():
    shown = table(2).query("source == 'reported' and method == 'SRUNIT' and metric == 'params'")["shown"]
    assert shown.tolist() == ["14.70"]


def test_reported_and_measured_join_on_the_columns_of_the_papers_files():
    frame = table(3)
    keys = ["table", "method", "resolution", "metric"]
    pairs = frame.query("source == 'reported'").merge(measured(frame), on=keys, validate="1:1")
    assert len(pairs) == 30


@pytest.mark.parametrize("number", range(1, 7))
def test_columns_are_those_of_the_design(number):
    expected = "table task method resolution metric value unit ci_low ci_high seeds protocol run source".split()
    assert list(table(number).columns[:13]) == expected


def test_a_method_that_was_not_run_says_so():
    frame = measured(table(1))
    for label in ("DRIT", "CUT", "GcGAN", "SRUNIT"):
        lines = frame[frame["method"] == label]
        assert lines["value"].isna().all() and (lines["seeds"] == 0).all() and (lines["shown"] == "not run").all()
    assert missing(table(1)) == ["DRIT", "CUT", "GcGAN", "SRUNIT"]


def test_without_rows_everything_is_not_run():
    frame = measured(table(4, score_rows().iloc[:0]))
    assert (frame["shown"] == "not run").all()


@pytest.mark.parametrize("number", range(1, 7))
def test_no_reported_value_appears_in_a_measured_column(number):
    frame = wide(table(number))
    printed = set(VALUES["shown"])
    for key in frame.columns:
        if key[-1] == "measured":
            assert not printed & {cell.split(" ")[0] for cell in frame[key]}
        if key[-1] == "reported":
            assert {re.sub("[†‡]", "", cell) for cell in frame[key]} <= printed | {"–"}


def test_resolutions_map_by_position_and_the_measured_size_is_kept():
    sizes = measured(table(3)).groupby("resolution")["size"].unique()
    assert sizes["512x512"].tolist() == ["48x80"] and sizes["720x1280"].tolist() == ["96x160"]
    one = tidy("table3", ENTRIES["table3"], VALUES, score_rows(), **RUN, resolutions=["48x80"])
    assert (measured(one).query("resolution == '720x1280'")["shown"] == "not run").all()


def test_several_seeds_give_mean_and_deviation():
    line = measured(table(4, score_rows(seeds=(1, 2, 3)))).query("method == 'CycleGAN' and metric == 'pxAcc'").iloc[0]
    assert line["value"] == pytest.approx(5.11) and line["seed_sd"] == pytest.approx(1.0) and line["seeds"] == 3
    assert line["shown"] == "5.11 ± 1.00"


def test_a_new_method_is_measured_in_the_open_tables_and_said_not_to_be_the_papers():
    rows, entries = score_rows((*METHODS, "mine")), entries_with("mine", "My method")
    frame = table(4, rows, entries)
    lines = measured(frame).query("method == 'My method'")
    assert (lines["seeds"] == 1).all() and lines["value"].notna().all() and len(lines) == 3
    assert "My method" not in set(table(6, rows, entries)["method"])
    (sentence,) = (text for text in notes(frame, entries["table4"])["notes"] if "the paper does not have" in text)
    assert "My method" in sentence and "CycleGAN" not in sentence


def test_scores_of_another_protocol_are_left_out():
    assert (measured(table(4, score_rows(protocol="released")))["seeds"] == 0).all()


def test_rows_of_another_run_are_refused():
    with pytest.raises(InputError, match="other"):
        table(4, score_rows(run="other"))


def test_two_values_for_one_seed_are_refused():
    with pytest.raises(InputError, match="two values"):
        table(4, pd.concat([score_rows(), score_rows()]))


def test_a_printed_value_without_a_row_is_refused():
    other = VALUES.replace({"method": {"GcGAN": "GcGAN2"}})
    with pytest.raises(InputError, match="table 1 places 18 of 21"):
        tidy("table1", ENTRIES["table1"], other, score_rows(), **RUN, resolutions=["48x80"])


def test_timings_at_another_size_or_width_are_marked():
    marks = measured(table(2)).query("method == 'DA-KPN'").set_index("metric")["marks"]
    assert marks["inference_image"] == "other-size" and marks["params"] == ""
    small = measured(table(2, timing_rows(widths="run"))).query("method == 'DA-KPN'").set_index("metric")["marks"]
    assert small["train_epoch"] == "other-size other-width"


def test_the_papers_conditions_win_among_several_timings():
    rows = pd.concat([timing_rows(), timing_rows(size="720x1280").assign(device="GPU")], ignore_index=True)
    line = measured(table(2, rows)).query("method == 'DA-KPN' and metric == 'inference_image'").iloc[0]
    assert line["device"] == "GPU" and line["marks"] == ""


def test_one_seed_is_warned_of_with_its_price():
    costs = pd.DataFrame(dict(stage=["data", "translate"], seed=[None, 1], seconds=[1000.0, 600.0]))
    above = notes(table(3), ENTRIES["table3"], costs=costs)["above"]
    assert above == [seed_note(costs)] and above[0].endswith("3 times the training time, about 30 min.")
    assert notes(table(3, score_rows(seeds=(1, 2))), ENTRIES["table3"])["above"] == []


@pytest.mark.parametrize(("seconds", "text"), [(41, "41 s"), (700, "12 min"), (9000, "2.5 h")])
def test_durations_are_readable(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize("number", range(1, 7))
def test_all_formats_agree_to_the_last_digit(number, tmp_path):
    frame = table(number, None if number == 2 else score_rows(seeds=(1, 2)))
    write(frame, tmp_path / "t", "Title", full=True, **notes(frame, ENTRIES[f"table{number}"]))
    expected = sorted(n for text in pd.read_csv(tmp_path / "t.csv")["shown"] for n in re.findall(r"\d+\.?\d*", text))
    blocks = {
        "md": "".join(re.findall(r"^\|(?! Method).*", (tmp_path / "t.md").read_text(), re.MULTILINE)),
        "tex": "".join(re.findall(r"^.*\\\\$", (tmp_path / "t-full.tex").read_text().partition("midrule")[2], re.M)),
        "html": re.search("<tbody>.*</tbody>", (tmp_path / "t.html").read_text(), re.DOTALL)[0],
    }
    for kind, block in blocks.items():
        cells = re.split(r"\||&|</td>", block)
        kept = [cell for cell in cells if "Some" not in cell]
        found = [n for cell in kept for n in re.findall(r"(?<![\w.])\d+\.?\d*", html.unescape(cell))]
        assert sorted(found) == expected, kind


def test_values_in_the_csv_are_those_shown(tmp_path):
    frame = table(3)
    write(frame, tmp_path / "t", "Title")
    stored = pd.read_csv(tmp_path / "t.csv", dtype={"shown": str}).query("seeds != 0")
    assert all(
        shown.split(" ")[0] == f"{value:.2f}" for shown, value in zip(stored["shown"], stored["value"], strict=True)
    )


def test_special_characters_are_escaped_in_every_format(tmp_path):
    frame = table(4, score_rows(("identity", "new")), entries_with("new", "a_b & <50%> #1 | {x}"))
    write(frame, tmp_path / "t", "50% & more_", ["note: $5_ ~ <b>"])
    tex, page, md = ((tmp_path / f"t.{kind}").read_text() for kind in ("tex", "html", "md"))
    assert r"a\_b \& \textless{}50\%\textgreater{} \#1 | \{x\}" in tex
    assert r"\caption{50\% \& more\_}" in tex and r"\$5\_ \textasciitilde{} \textless{}b\textgreater{}" in tex
    assert "a_b &amp; &lt;50%&gt; #1 | {x}" in page and "<b>" not in page
    assert r"a\_b &amp; &lt;50%&gt; #1 \| {x}" in md


def test_html_headings_have_scope_and_spans_fill_the_columns(tmp_path):
    write(table(3), tmp_path / "t", "Title")
    page = (tmp_path / "t.html").read_text()
    assert "<caption>Title</caption>" in page
    assert all("scope=" in heading for heading in re.findall("<th[^>]*>", page.replace("<thead>", "")))
    for row in re.findall("<tr>(.*?)</tr>", page, re.DOTALL):
        cells = re.findall(r"<t[hd]([^>]*)>", row)
        assert sum(int((re.findall(r'colspan="(\d+)"', cell) or [1])[0]) for cell in cells) == 13


def test_markdown_has_a_table_for_each_size_with_short_headings_and_miou_first(tmp_path):
    write(table(3), tmp_path / "t", "Title")
    text = (tmp_path / "t.md").read_text()
    assert re.findall(r"^\*\*(.*)\*\*$", text, re.MULTILINE) == [
        "512x512 (measured at 48x80)",
        "720x1280 (measured at 96x160)",
    ]
    headings = [re.split(r" *\| *", line)[1:-1] for line in text.splitlines() if line.startswith("| Method")]
    sources = ("reported", "measured")
    assert headings == 2 * [["Method", *(f"{m} {s}" for m in ("mIOU", "pxAcc", "clsAcc") for s in sources)]]


def test_shift_card_and_fidelity_tables_are_written(tmp_path):
    shift = pd.DataFrame(
        [
            (t, v, g, "mIOU", 60.0, loss, 1)
            for t in ("street", "face")
            for v, g, loss in (("none", None, 0.0), ("haze", "photometric", 7.5))
        ],
        columns="task variant group metric value loss_vs_none seed".split(),
    )
    card = shift_table(shift, **RUN)
    write(card, tmp_path / "shift", "Shift card", rows="Variant")
    text = (tmp_path / "shift.md").read_text()
    assert "haze (photometric)" in text and "**Street**" in text and "| mIOU lost (points)" in text and "7.50" in text
    fidelity = pd.DataFrame(
        [
            ("street", m, 1, k, v, u)
            for m in ("dakpn-s", "identity")
            for k, v, u in (("psnr", 21.234, "dB"), ("ssim", 0.81234, None))
        ],
        columns="task method seed metric value unit".split(),
    )
    frame = fidelity_table(fidelity, **RUN, labels=LABELS)
    assert list(dict.fromkeys(frame["method"])) == ["Source (untranslated)", "DA-KPN-S"]
    write(frame, tmp_path / "fidelity", "Fidelity")
    assert "0.8123" in (tmp_path / "fidelity.md").read_text()


def test_a_metric_that_the_first_method_lacks_keeps_its_place(tmp_path):
    rows = pd.DataFrame(
        [
            (task, method, 1, metric, 3.0, "px")
            for task in ("street", "face")
            for method, metrics in (("identity", ["reach"]), ("dakpn-s", ["reach_fixed", "reach"]))
            for metric in metrics
        ],
        columns="task method seed metric value unit".split(),
    )
    frame = wide(fidelity_table(rows, **RUN, labels=LABELS, table="geometry"))
    headings = [key[:2] for key in frame.columns][1:]
    reaches = ["Reach, parameters fixed (px)", "Reach, end to end (px)"]
    assert headings == [(task, metric) for task in ("Street", "Face") for metric in reaches]
    assert frame.iloc[0, 1] == "–" and frame.iloc[1, 1] == "3.00"
