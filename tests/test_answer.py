"""The sentences of the answer, on results made up so that translating helps, hurts, changes nothing or is undecided."""

import pandas as pd
import pytest

from dakpn.report.answer import answers
from dakpn.report.glossary import GLOSSARY, marked
from workflow import readme

METHODS = {
    "identity": {"label": "Source", "kind": "source", "domain": None},
    "fda": {"label": "FDA", "kind": "simple", "domain": None},
    "colour-transfer": {"label": "Colour", "kind": "simple", "domain": None},
    "cyclegan": {"label": "CycleGAN", "kind": "trained", "domain": None},
    "dakpn-s": {"label": "DA-KPN-S", "kind": "subject", "domain": "source"},
    "oracle": {"label": "Target", "kind": "target", "domain": None},
}
QUESTION = {"task": "town", "role": None, "table": "table3", "size": "8x16", "subject": "dakpn-s", "methods": METHODS}


def line(name, value, marks="", p=0.01, size="8x16", metric="mIOU"):
    ends = dict(ci_low=value - 1, ci_high=value + 2)
    return dict(method=name, resolution=size, metric=metric, value=value, **ends, p=p, p_holm=p, marks=marks)


@pytest.fixture
def answer(tmp_path):
    """The answer for these lines of differences, beside lines of another size and metric that must not be read."""

    def make(*lines, costs=None, **changes):
        others = [
            line("DA-KPN-S less Source", 99, "different", **other) for other in ({"size": "1x1"}, {"metric": "px"})
        ]
        pd.DataFrame([*others, *lines]).to_csv(tmp_path / "table3-differences.csv", index=False)
        return answers([{**QUESTION, **changes}], tmp_path, costs)[0]

    return make


def test_it_helps_more_than_the_best_simple_control(answer):
    found = answer(
        line("DA-KPN-S less Source", 8.7, "different"),
        line("FDA less Source", 1.0),
        line("Colour less Source", 2.0),
        line("DA-KPN-S less Colour", 6.7, "different"),
    )
    assert found.status == "helps"
    assert found.lead == "On town, DA-KPN-S helps: +8.7 [+7.7, +10.7] points of mIoU over untranslated images."
    (beside,) = found.details
    assert beside == "It beats Colour, the best of 2 controls that train nothing, by +6.7 [+5.7, +8.7] points."


def test_it_helps_less_than_a_simple_control_whichever_is_named_first(answer):
    found = answer(
        line("DA-KPN-S less Source", 8.7, "different"),
        line("Colour less Source", 12.0, "different"),
        line("Colour less DA-KPN-S", 3.3, "different"),
    )
    assert found.beside.outcome == "hurts" and found.details[0].startswith("Colour, the best of")
    assert "-3.3 [-5.3, -2.3] points" in found.details[0]


def test_it_hurts(answer):
    found = answer(line("Source less DA-KPN-S", 4.0, "different"))
    assert found.status == "hurts" and "DA-KPN-S hurts: -4.0 [-6.0, -3.0] points" in found.lead and not found.details


def test_it_changes_nothing(answer):
    found = answer(
        line("DA-KPN-S less Source", 0.2, "equivalent"),
        line("FDA less Source", 0.3),
        line("DA-KPN-S less FDA", -0.1, "equivalent"),
    )
    assert found.status == "equivalent" and "changes nothing: +0.2" in found.lead and "does as well" in found.details[0]


def test_what_does_not_pass_the_correction_is_not_decided_however_far_the_interval_is_from_zero(answer):
    found = answer(line("DA-KPN-S less Source", 8.7, p=0.2), line("CycleGAN less Source", -9, "different"))
    assert found.lead.endswith("before the correction for all pairs of methods.")
    assert (
        found.status == "undecided"
        and "not decided whether DA-KPN-S helps" in found.lead
        and "+8.7 [+7.7, +10.7]" in found.lead
    )
    assert "correction" not in answer(line("DA-KPN-S less Source", 0.7, p=0.2)).lead
    assert found.details == ["Of 2 trained methods: 1 hurt, 1 not decided."]


def test_one_seed_is_provisional_and_says_neither_helps_nor_hurts(answer):
    found = answer(
        line("DA-KPN-S less Source", 8.7, p=None),
        line("CycleGAN less Source", 4.0, p=None),
        line("FDA less Source", 9.0, p=None),
        line("DA-KPN-S less FDA", -0.3, p=None),
    )
    assert found.status == found.beside.outcome == "provisional"
    assert "with one seed" in found.lead and not any(
        word in found.text for word in ("helps", "hurts", "beats", "decided")
    )


def test_the_price_is_the_mean_over_seeds_with_the_encoder_of_the_methods_own_domain(answer):
    rows = [
        ("translator", "town", None, "dakpn-s", 100.0),
        ("translator", "town", None, "dakpn-s", 140.0),
        ("translation", "town", None, "dakpn-s", 30.0),
        ("encoder", "town", "source", None, 50.0),
        ("encoder", "town", "target", None, 7000.0),
        ("translator", "else", None, "dakpn-s", 7000.0),
        ("segmenter", "town", None, "dakpn-s", 7000.0),
        ("translation", "town", None, "fda", 0.2),
    ]
    costs = pd.DataFrame(rows, columns=["stage", "task", "domain", "method", "seconds"])
    lines = line("DA-KPN-S less Source", 8.7, "different"), line("FDA less Source", 1.0), line("DA-KPN-S less FDA", 7.7)
    found = answer(*lines, costs=costs)
    assert found.seconds == {"DA-KPN-S": 200.0, "FDA": 0.2}
    assert found.details[1] == "Price of DA-KPN-S: 3 min to train and translate, beside under 1 s for FDA."


def test_a_pair_of_the_papers_is_called_as_readers_call_it(answer):
    assert answer(line("DA-KPN-S less Source", 1, "different"), role="face").lead.startswith("On faces, ")


def test_a_task_whose_subject_was_not_measured_has_no_answer(answer):
    with pytest.raises(IndexError):
        answer(line("CycleGAN less Source", 1, "different"))


def test_the_readme_says_what_the_reference_run_says():
    text = readme.README.read_text(encoding="utf-8")
    assert "On streets, " in text and text == readme.written(text), "python -m workflow.readme writes it anew"


def test_a_word_is_marked_with_its_meaning_once_and_whole():
    assert marked("DA-KPN-S and theta") == f"<abbr title='{GLOSSARY['DA-KPN-S']}'>DA-KPN-S</abbr> and theta"
    assert marked("DA-KPN-Slow <b>") == "DA-KPN-Slow &lt;b&gt;"
