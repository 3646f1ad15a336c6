"""Claims: mistakes in the file are named, the paper is judged by its numbers, a run by its evidence and no further."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml

from dakpn.claims.evidence import from_fidelity, from_scores, from_timing
from dakpn.claims.ledger import load_ledger
from dakpn.claims.statements import FIDELITY, Place
from dakpn.claims.table import ledger_rows, write_ledger
from dakpn.claims.verdicts import against_paper, against_run
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.comparison import Counts
from dakpn.evaluation.statistics import Measured, combined
from dakpn.model.discriminator import PatchDiscriminator
from dakpn.model.kpn import KernelPredictor
from dakpn.paper import PAPER, load_paper, load_tables
from dakpn.report.claims import claims_section
from dakpn.tables.wide import ABSENT

SPEC = load_tables(PAPER)
TABLES = SPEC["tables"]
PRINTED = load_paper(PAPER)
LEDGER = load_ledger(PAPER / "claims.yaml", TABLES)
CLAIMS = {claim.id: claim for claim in LEDGER.claims}
CHECKS = {check.id: check for check in LEDGER.checks}
NUMBERS = {Place(r.table, r.method, r.resolution, r.metric): (r.value, r.shown) for r in PRINTED.itertuples()}
DRAWS = 2_000


def edited(tmp_path, edit):
    """The path of paper/claims.yaml with one change."""
    content = yaml.safe_load((PAPER / "claims.yaml").read_text())
    edit(content)
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def first(content):
    return content["claims"][0]


@pytest.mark.parametrize(
    "edit, message",
    [
        (lambda c: first(c).update(metrics=["mIoU"]), "claim abstract-gans-s: metrics: 'mIoU' .* Did you mean mIOU"),
        (lambda c: first(c).update(row="DAKPN-S"), "claim abstract-gans-s: rows: 'DAKPN-S' .* Did you mean DA-KPN-S"),
        (lambda c: first(c).update(at=["512"]), "claim abstract-gans-s: at: '512' is not in table 3"),
        (lambda c: first(c).update(relation="above"), "claim abstract-gans-s: .*'above'.*'greater'"),
        (lambda c: first(c).update(tolerance=1), "claim abstract-gans-s: tolerance: Extra inputs"),
        (lambda c: first(c).pop("than"), "claim abstract-gans-s: than: Field required"),
        (lambda c: first(c).update(table=7), "claim abstract-gans-s: table: "),
        (lambda c: c["claims"].append(first(c)), "abstract-gans-s: the id is given twice"),
        (lambda c: c["claims"][3].pop("at"), "claim intro-flipping: at: the key is missing"),
        (lambda c: c["checks"][0].update(rank=0), "check underlines: rank: "),
        (lambda c: c.pop("checks"), "needs the two lists"),
    ],
)
def test_a_mistake_names_the_file_and_the_claim(tmp_path, edit, message):
    path = edited(tmp_path, edit)
    with pytest.raises(InputError, match=f"{path}.*{message}"):
        load_ledger(path, TABLES)


def test_every_claim_is_placed_and_there_are_many():
    assert len(CLAIMS) >= 20
    for claim in CLAIMS.values():
        assert list(claim.inequalities(TABLES)), claim.id


@pytest.mark.parametrize(
    "name, verdict",
    [
        ("table1-caption", "contradicted"),  # CycleGAN has more pixels right
        ("table1-text", "consistent"),
        ("abstract-gans-s", "contradicted"),  # VSAIT is ahead at both sizes
        ("abstract-gans-t", "consistent"),
        ("table3-t-all", "contradicted"),  # -T has the lowest pixel accuracy at 512x512
        ("table3-s-par", "consistent"),
        ("text-memory", "no data"),
        ("text-train-time", "consistent"),
        ("text-inference-all", "contradicted"),
        ("intro-time", "consistent"),
        ("faces-similar", "contradicted"),
        ("ablation-order", "consistent"),
        ("ablation-affine", "consistent"),
        ("intro-flipping", "no data"),
    ],
)
def test_the_paper_is_judged_by_its_own_numbers(name, verdict):
    assert against_paper(CLAIMS[name], TABLES, NUMBERS).verdict == verdict


def test_a_verdict_follows_the_numbers_and_not_the_file():
    swapped = {**NUMBERS}
    key = Place(1, "CycleGAN", "", "pxAcc")
    swapped[key] = (10.0, "10.00")
    assert against_paper(CLAIMS["table1-caption"], TABLES, swapped).verdict == "consistent"
    del swapped[key]
    assert against_paper(CLAIMS["table1-caption"], TABLES, swapped).verdict == "no data"


@pytest.mark.parametrize(
    "name, found",
    [
        ("underlines", ["78.07 is underlined and number 3", "18.48 is underlined and number 3"]),
        ("two-sizes-two-scores", ["Target pxAcc is 92.83 at 512x512 and at 720x1280"]),
        ("judges-of-table-1", ["DRIT, CUT, GcGAN, SRUNIT"]),
        ("rows-of-the-default-model", ["Table 4 has no row DA-KPN-S", "Table 5 has no row DA-KPN-S"]),
        ("parameters-needed", ["32.96, stated is 2.8"]),
        ("kernel-keeps-brightness", ["sigma 0.25", "sigma 12"]),
        ("noise-is-centred", ["0.316", "0.398"]),
        ("ablation-baseline", []),
        ("parameters-trained", []),
        ("faces-validation", []),
    ],
)
def test_disagreements_inside_the_paper_are_found(name, found):
    sentences = list(CHECKS[name].issues(PRINTED))
    assert len(sentences) == len(found)
    for sentence, part in zip(sentences, found, strict=True):
        assert part in sentence


@pytest.mark.parametrize(
    "name, place, value",
    [
        ("underlines", (3, "DA-KPN-S", "720x1280", "pxAcc"), "78.70"),
        ("two-sizes-two-scores", (3, "Target", "512x512", "pxAcc"), "92.84"),
        ("ablation-baseline", (6, "DA-KPN-T full", "", "mIOU"), "37.68"),
        ("parameters-trained", (2, "DA-KPN", "", "params"), "2.9"),
    ],
)
def test_a_check_follows_the_numbers(name, place, value):
    """One changed digit removes a disagreement or makes one."""
    changed = PRINTED.copy()
    keys = ["table", "method", "resolution", "metric"]
    row = (changed[keys] == list(place)).all(axis=1)
    assert row.sum() == 1
    changed.loc[row, ["value", "shown"]] = [float(value), value]
    assert len(list(CHECKS[name].issues(changed))) != len(list(CHECKS[name].issues(PRINTED)))


def test_parameter_counts_are_those_of_the_networks():
    parts = {**CHECKS["parameters-trained"].parts, **CHECKS["parameters-needed"].parts}

    def millions(network):
        return sum(p.numel() for p in network.parameters()) / 1e6

    assert parts["discriminator"] == millions(PatchDiscriminator())
    assert parts["kernel predictor"] == millions(KernelPredictor(19))


def methods_of(number):
    return {row["method"]: row["label"] for row in TABLES[number]["rows"] if row["method"]}


def scored(rng, *, effects=None, noise=4.0, seeds=3, without=()):
    """A run's scores around 40 points: drawn means of seeds, shared by all columns of a method as training noise is.

    effects: points by method. As with so many images that theirs is no noise.
    """
    found, values = {}, {}
    for number in (1, 3, 4, 5, 6):
        for method, label in methods_of(number).items():
            if method in without:
                continue
            for slot in TABLES[number]["resolutions"]:
                for metric in ("pxAcc", "clsAcc", "mIOU"):
                    key = (TABLES[number]["kind"], TABLES[number]["task"], method, slot["position"], metric)
                    if key not in values:
                        mean = 40 + (effects or {}).get(method, 0.0)
                        values[key] = mean + noise * rng.standard_normal(seeds)
                    seed = values[key]
                    place = Place(number, label, slot["paper"], metric)
                    by_seed = dict(enumerate(seed))
                    found[place] = Measured(seed.mean(), np.array([seed.mean()]), by_seed, "points", seeds > 1)
    return found


@pytest.mark.parametrize("share", [0.3, 1.0, 3.0])
def test_small_p_are_no_more_frequent_than_they_say(share):
    """The correction over all claims reads far tails; seeds are few, and now and then agree by chance."""
    rng, images = np.random.default_rng(0), np.linspace(-1, 1, 41)
    images *= share / images.std()
    small = 0
    for _ in range(4_000):
        seeds = 40 + math.sqrt(3) * rng.standard_normal(3) + share * rng.standard_normal()
        found = Measured(seeds.mean(), seeds.mean() + images, dict(enumerate(seeds)), "points")
        nothing = Measured(40.0, np.full(41, 40.0), dict.fromkeys(range(3), 40.0), "points")
        small += combined((found, 1.0), (nothing, -1.0)).above(0.0) <= 0.005
    # 20 expected; 32 or more would have a probability of 0.01.
    assert small < 32


@pytest.mark.parametrize("seeds", [1, 2, 3, 8])
def test_pure_noise_gives_no_verdict_in_nineteen_ledgers_of_twenty(seeds):
    rng = np.random.default_rng(seeds)
    decided = 0
    for _ in range(40):
        # Large against the single points that some claims speak of: equal methods would rightly be found equal.
        measured = scored(rng, seeds=seeds, noise=12.0)
        verdicts = {v.verdict for v in against_run(LEDGER.claims, TABLES, measured)}
        assert verdicts <= {"inconclusive", "not run", "supported", "contradicted", "equivalent"}
        decided += bool(verdicts & {"supported", "contradicted", "equivalent"})
    # 5 of 40 or more happen with probability 0.05 where one ledger of twenty is decided by chance.
    assert decided <= 4
    assert seeds > 1 or decided == 0


@pytest.mark.parametrize(
    "effects, verdicts",
    [
        (
            {"dakpn-s": 30, "dakpn-t": 30, "cyclegan": -10},
            {"abstract-gans-s": "supported", "table3-t-all": "supported", "faces-cyclegan-last": "supported",
             "table3-s-par": "contradicted", "faces-vsait-miou": "contradicted", "table1-caption": "supported",
             "boost-miou": "equivalent"},
        ),
        (
            {"dakpn-s": -30, "dakpn-t": -30},
            {"abstract-gans-s": "contradicted", "table3-t-all": "contradicted", "table1-caption": "contradicted",
             "ablation-any": "contradicted", "ablation-affine": "contradicted"},
        ),
        (
            {"dakpn-t": 30, "dakpn-t-no-blur": 21.29, "dakpn-t-no-noise": 21.29, "dakpn-t-no-affine": 21.29},
            {"ablation-any": "supported", "ablation-affine": "supported", "boost-all": "supported"},
        ),
        ({}, {"table3-s-par": "supported", "faces-vsait-miou": "supported", "ablation-affine": "contradicted"}),
    ],
)  # fmt: skip
def test_strong_effects_are_decided(effects, verdicts):
    measured = scored(np.random.default_rng(0), effects=effects, noise=0.1, seeds=8)
    found = dict(zip(CLAIMS, against_run(LEDGER.claims, TABLES, measured), strict=True))
    assert {name: found[name].verdict for name in verdicts} == verdicts
    for name, verdict in verdicts.items():
        if verdict in ("supported", "contradicted"):
            assert found[name].low <= found[name].effect <= found[name].high and found[name].p_holm <= 0.05


def test_a_repeated_sentence_is_one_hypothesis():
    measured = scored(np.random.default_rng(0))
    claims = [CLAIMS["abstract-gans-s"], CLAIMS["better-suited"]]
    alone = against_run(claims[:1], TABLES, measured)[0]
    assert [v.p_holm for v in against_run(claims, TABLES, measured)] == [alone.p_holm] * 2


def test_missing_rows_are_not_run():
    measured = scored(np.random.default_rng(0), without=("vsait",), effects={"dakpn-s": 30}, noise=0.1, seeds=8)
    found = dict(zip(CLAIMS, against_run(LEDGER.claims, TABLES, measured), strict=True))
    # CycleGAN alone does not make the claim true, but can show it false.
    assert found["abstract-gans-s"].verdict == "not run" and found["abstract-gans-s"].judged == 2
    worse = scored(np.random.default_rng(0), without=("vsait",), effects={"dakpn-s": -30}, noise=0.1, seeds=8)
    assert against_run([CLAIMS["abstract-gans-s"]], TABLES, worse)[0].verdict == "contradicted"
    nothing = against_run(LEDGER.claims, TABLES, {})
    assert {v.verdict for v in nothing} == {"not run"} and all(np.isnan(v.effect) for v in nothing)


def counts_of(rng, share, seeds=8, images=40):
    """(S,N,19,19) matrices of a segmenter that is right on `share` of the pixels of every class."""
    right = rng.binomial(400, share, (seeds, images, 19))
    counts = np.zeros((seeds, images, 19, 19), np.int64)
    classes = np.arange(19)
    counts[:, :, classes, classes] = right
    counts[:, :, classes, (classes + 1) % 19] = 400 - right
    return counts


def test_verdicts_follow_from_confusion_matrices():
    rng = np.random.default_rng(0)
    shares = {"cyclegan": 0.5, "vsait": 0.52, "dakpn-s": 0.8, "dakpn-t": 0.8}
    street, images = LABEL_SPACES["cityscapes"], tuple(map(str, range(40)))
    groups = {
        ("segmentation", "street", size): Counts(
            images, street, {m: dict(enumerate(counts_of(rng, s)[:, None])) for m, s in shares.items()}
        )
        for size in "ab"
    }
    options = dict(resolutions={"street": ["a", "b"]}, resamples=DRAWS)
    measured = from_scores(groups, SPEC, **options)
    assert measured[Place(3, "VSAIT", "512x512", "pxAcc")].value == pytest.approx(52, abs=1)
    found = dict(zip(CLAIMS, against_run(LEDGER.claims, TABLES, measured), strict=True))
    assert found["abstract-gans-s"].verdict == "supported"
    assert found["table3-s-par"].verdict == "contradicted"
    assert found["table1-caption"].verdict == "not run"
    # One size fills the first column only; one seed decides nothing, however large the gap.
    one = from_scores(groups, SPEC, **{**options, "resolutions": {"street": ["a"]}})
    assert {place.at for place in one if place.table == 3} == {"512x512"}
    single = {
        group: Counts(images, street, {m: {0: c[0]} for m, c in counts.of.items()}) for group, counts in groups.items()
    }
    verdict = against_run([CLAIMS["abstract-gans-s"]], TABLES, from_scores(single, SPEC, **options))[0]
    assert verdict.verdict == "inconclusive" and verdict.low > 0


def timings(repeats, params=33.0):
    seconds = dict(low=0.98, high=1.02, repeats=repeats, widths="paper", size="720x1280")
    lines = []
    for method, scale in (("cyclegan", 3.0), ("vsait", 5.0), ("dakpn-s", 1.0)):
        timed = {key: value * scale if key in ("low", "high") else value for key, value in seconds.items()}
        lines += [dict(method=method, metric=m, value=scale, **timed) for m in ("train_epoch", "inference_image")]
        exact = dict(low=None, high=None, repeats=None, widths="paper", size=None)
        millions = params if method == "dakpn-s" else 11.4
        lines += [dict(method=method, metric="params_inference", value=millions, **exact)]
        lines += [dict(method=method, metric="peak_memory", value=100 * scale, **exact)]
    return from_timing(pd.DataFrame(lines), SPEC)


@pytest.mark.parametrize(
    "name, repeats, verdict",
    [
        ("text-train-time", 20, "supported"),
        ("intro-time", 20, "supported"),
        ("text-train-time", 1, "inconclusive"),
        ("intro-lightweight-inference", 1, "contradicted"),  # counts are exact
        ("text-memory", 20, "inconclusive"),  # one reading
        ("intro-fast", 20, "not run"),
    ],
)
def test_timings_decide_when_they_were_repeated(name, repeats, verdict):
    assert against_run([CLAIMS[name]], TABLES, timings(repeats))[0].verdict == verdict


def test_flip_rates_come_from_the_fidelity_table():
    rates = {"cyclegan": 20.0, "vsait": 30.0, "dakpn-s": 5.0}
    lines = [
        dict(task=task, method=method, seed=seed, metric="flip_rate", value=rate + 0.1 * seed, unit="percent")
        for task in ("street", "face")
        for method, rate in rates.items()
        for seed in range(4)
    ]
    measured = from_fidelity(pd.DataFrame(lines), methods_of(1))
    assert Place(FIDELITY, "DA-KPN-S", "face", "flip_rate") in measured
    assert against_run([CLAIMS["intro-flipping"]], TABLES, measured)[0].verdict == "supported"


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_ledger_is_written_with_both_verdicts(tmp_path, seeds):
    rows = ledger_rows(LEDGER, SPEC, PRINTED, scored(np.random.default_rng(0), seeds=seeds))
    write_ledger(rows, tmp_path / "claims", seeds=seeds)
    read = pd.read_csv(tmp_path / "claims.csv")
    assert (read["kind"] == "claim").sum() == len(CLAIMS) and (read["kind"] == "check").sum() == len(CHECKS)
    for suffix in ("md", "html"):
        text = (tmp_path / f"claims.{suffix}").read_text()
        assert "better suited for semantic segmentation" in text and "contradicted" in text and "not run" in text
        assert ("Provisional: one seed" in text) == (seeds == 1)
        assert "78.07 is underlined" in text and "Table 2's parameters are those that are trained" not in text
    assert "<script" not in text and "“" in text


def test_texts_are_escaped(tmp_path):
    rows = ledger_rows(LEDGER, SPEC, PRINTED, {})
    rows.loc[0, "quote"] = "<b>|x|</b>"
    write_ledger(rows, tmp_path / "claims", seeds=3)
    assert "<b>" not in (tmp_path / "claims.html").read_text()
    assert "&lt;b&gt;\\|x\\|&lt;/b&gt;" in (tmp_path / "claims.md").read_text()


def test_a_ledger_of_a_run_that_judged_no_claim_can_be_shown_from_its_file(tmp_path):
    """As of a run with faces and two methods: the file's columns of the run are empty."""
    write_ledger(ledger_rows(LEDGER, SPEC, PRINTED, {}), tmp_path / "claims", seeds=3)
    section = claims_section(pd.read_csv(tmp_path / "claims.csv"))
    assert {tile["texts"]["Effect [95 % interval]"] for tile in section["tiles"]} == {ABSENT}
