import numpy as np
import pytest

from dakpn.evaluation import statistics
from dakpn.evaluation.comparison import MARGIN
from dakpn.evaluation.metrics import METRICS, scores
from dakpn.evaluation.statistics import Measured, combined, measure

CLASSES = 3


def judged(rng, seeds, images, *, replicates=1, seed_sd=0.0, replicate_sd=0.0, image_sd=0.0, image_effects=None):
    """Seed -> (K,N,3,3) counts of a segmenter that names a share of 0.7 of the pixels rightly, more or less."""
    if image_effects is None:
        image_effects = image_sd * rng.standard_normal(images)
    share = (
        0.7 + seed_sd * rng.standard_normal((seeds, 1, 1)) + replicate_sd * rng.standard_normal((seeds, replicates, 1))
    )
    share = np.clip(share + image_effects, 0, 1)
    right = rng.binomial(400, share[..., None], (seeds, replicates, images, CLASSES))
    wrong = rng.binomial(400 - right, 0.5)
    counts = np.zeros((seeds, replicates, images, CLASSES, CLASSES), dtype=np.int64)
    for cls in range(CLASSES):
        counts[..., cls, cls] = right[..., cls]
        counts[..., cls, (cls + 1) % CLASSES] = wrong[..., cls]
        counts[..., cls, (cls + 2) % CLASSES] = 400 - right[..., cls] - wrong[..., cls]
    return dict(enumerate(counts))


def iou(counts, **options):
    """Method -> its mean IoU as a measured number."""
    return measure(counts, **options)["mean_iou"]


def gap(measured, a="a", b="b"):
    return combined((measured[a], 1.0), (measured[b], -1.0))


def expected_iou(seed_sd):
    """Mean over seeds of the IoU on endlessly many images: right r of T targets gives r / (2T - r)."""
    share = 0.7 + seed_sd * np.random.default_rng(0).standard_normal(1_000_000)
    return np.mean(share / (2 - share))


CALIBRATION = {
    "images only, one seed": (1, dict(image_sd=0.08)),
    "images only, three seeds": (3, dict(image_sd=0.08)),
    "seeds only, three seeds": (3, dict(seed_sd=0.03)),
    "mostly seeds, three seeds": (3, dict(seed_sd=0.03, image_sd=0.05)),
    "mostly images, three seeds": (3, dict(seed_sd=0.01, image_sd=0.1)),
    "seeds and images, five seeds": (5, dict(seed_sd=0.02, image_sd=0.08)),
    "seeds and images, eight seeds": (8, dict(seed_sd=0.02, image_sd=0.08)),
    "three seeds of two replicates": (3, dict(replicates=2, seed_sd=0.02, replicate_sd=0.02, image_sd=0.04)),
    "replicates only, three seeds": (3, dict(replicates=2, replicate_sd=0.04)),
}


def coverage(seeds, noise):
    """Share of 1,000 experiments whose 95 % interval holds the mean IoU of endlessly many seeds and images."""
    rng = np.random.default_rng(1)
    truth = expected_iou(np.hypot(noise.get("seed_sd", 0.0), noise.get("replicate_sd", 0.0)))
    covered = []
    for experiment in range(1000):
        counts = {"method": judged(rng, seeds, 60, **noise)}
        low, high = iou(counts, resamples=600, seed=experiment)["method"].interval()
        covered.append(low <= truth <= high)
    return np.mean(covered)


@pytest.mark.parametrize(("seeds", "noise"), CALIBRATION.values(), ids=CALIBRATION.keys())
def test_95_percent_intervals_cover_the_truth_that_often_in_1000_experiments(seeds, noise):
    assert 0.93 <= coverage(seeds, noise) <= 0.97


@pytest.mark.parametrize(
    ("seeds", "noise", "bounds"),
    [
        (2, dict(seed_sd=0.03), (0.91, 0.97)),
        (3, dict(seed_sd=0.02, image_sd=0.06), (0.95, 0.98)),
    ],
    ids=["two seeds, a little narrow", "three seeds as noisy as images, a little wide"],
)
def test_where_intervals_are_a_little_off(seeds, noise, bounds):
    assert bounds[0] <= coverage(seeds, noise) <= bounds[1]


def numbers(rng, spread, shared, *, images=0.0, value=0.0):
    """A measured number by `spread` = {seed: sd of its own noise}; shared: what every number of that seed moves by."""
    seeds = {seed: value + sd * rng.standard_normal() + shared[seed] for seed, sd in spread.items()}
    middle = float(np.mean(list(seeds.values())))
    draws = middle + images * rng.standard_normal(200)
    return Measured(middle, draws, seeds, decides=len(seeds) > 1)


DESIGNS = {
    "three seeds each": (3, 3, 1.0, 1.0, 0.0),
    "eight seeds each": (8, 8, 1.0, 1.0, 0.0),
    "eight and three, alike": (8, 3, 1.0, 1.0, 0.0),
    "eight noisy and three": (8, 3, 4.0, 1.0, 0.0),
    "eight and three noisy": (8, 3, 1.0, 4.0, 0.0),
    "eight and three, partly shared": (8, 3, 2.0, 1.0, 1.0),
    "three each, mostly shared": (3, 3, 1.0, 1.0, 2.0),
}


@pytest.mark.parametrize(("first", "second", "sd_a", "sd_b", "shared_sd"), DESIGNS.values(), ids=DESIGNS.keys())
def test_intervals_of_differences_cover_the_truth_whatever_the_numbers_of_seeds(first, second, sd_a, sd_b, shared_sd):
    rng, covered = np.random.default_rng(2), []
    for _ in range(2000):
        shared = shared_sd * rng.standard_normal(8)
        a = numbers(rng, dict.fromkeys(range(first), sd_a), shared)
        b = numbers(rng, dict.fromkeys(range(second), sd_b), shared)
        low, high = gap({"a": a, "b": b}).interval()
        covered.append(low <= 0 <= high)
    assert 0.93 <= np.mean(covered) <= 0.975


def test_95_percent_intervals_of_differences_cover_the_true_gap_that_often_in_1000_experiments():
    rng = np.random.default_rng(4)
    truth = expected_iou(0.02) - expected_iou(0.01)
    covered = []
    for experiment in range(1000):
        easy_or_hard = 0.08 * rng.standard_normal(60)
        counts = {
            name: judged(rng, 3, 60, seed_sd=seed_sd, image_effects=easy_or_hard)
            for name, seed_sd in (("a", 0.02), ("b", 0.01))
        }
        low, high = gap(iou(counts, resamples=600, seed=experiment)).interval()
        covered.append(low <= truth <= high)
    assert 0.93 <= np.mean(covered) <= 0.97


@pytest.mark.parametrize(("truth", "rate"), [(MARGIN, (0.0, 0.06)), (0.0, (0.5, 1.0))], ids=["at the margin", "equal"])
def test_equivalence_is_claimed_rarely_at_the_margin_and_mostly_at_zero(truth, rate):
    rng, claimed = np.random.default_rng(3), []
    for _ in range(2000):
        a, b = (numbers(rng, dict.fromkeys(range(3), 0.002), np.zeros(3), value=value) for value in (truth, 0.0))
        claimed.append(gap({"a": a, "b": b}).equivalent(MARGIN) <= 0.05)
    assert rate[0] <= np.mean(claimed) <= rate[1]


def test_a_comparison_uses_the_same_images_and_seeds_for_both_methods():
    rng = np.random.default_rng(0)
    easy_or_hard = 0.08 * rng.standard_normal(60)
    measured = iou({name: judged(rng, 1, 60, image_effects=easy_or_hard) for name in ("a", "b")}, resamples=2000)
    alone, (low, high) = np.ptp(measured["a"].interval()), gap(measured).interval()
    assert high - low < alone / 3
    assert low <= measured["a"].value - measured["b"].value <= high


def test_a_method_never_differs_from_itself_and_a_clear_gap_is_seen():
    rng = np.random.default_rng(0)
    counts = {"a": judged(rng, 3, 60, image_sd=0.05)}
    counts["same"] = counts["a"]
    counts["better"] = {seed: matrices + 30 * np.eye(CLASSES, dtype=np.int64) for seed, matrices in counts["a"].items()}
    measured = measure(counts, resamples=2000)
    for metric in METRICS.values():
        same, better = gap(measured[metric], "same", "a"), gap(measured[metric], "better", "a")
        assert same.interval() == (0.0, 0.0) and same.differs() == 1.0 and same.equivalent(MARGIN) == 0.0
        assert better.interval()[0] > 0 and better.differs() < 0.05 and better.equivalent(MARGIN) > 0.05


def test_the_spread_over_seeds_widens_an_interval_as_a_t_does():
    counts = judged(np.random.default_rng(3), 3, 60, seed_sd=0.04)
    values = [scores(matrices[0]).pixel_accuracy for matrices in counts.values()]
    measured = measure({"a": counts}, resamples=4000)["pixel_accuracy"]["a"]
    low, high = measured.interval()
    half_width = 4.303 * np.std(values, ddof=1) / np.sqrt(3)
    assert (high - low) / 2 == pytest.approx(half_width, rel=0.05)
    assert (low + high) / 2 == pytest.approx(np.mean(values), abs=1e-3)


def test_the_mean_over_replicates_is_a_seeds_value():
    counts = judged(np.random.default_rng(3), 2, 20, replicates=3, replicate_sd=0.05)
    measured = iou({"a": counts}, resamples=10)["a"]
    for seed, matrices in counts.items():
        assert measured.seeds[seed] == pytest.approx(np.mean([scores(one).mean_iou for one in matrices]))


def test_draws_agree_with_scores_of_the_drawn_images():
    counts = judged(np.random.default_rng(0), 1, 2)
    options = dict(absent="one", classes=[0, 1])
    draws = iou({"a": counts}, resamples=50, **options)["a"].draws
    possible = [scores(counts[0][0][list(pair)], **options).mean_iou for pair in ((0, 0), (0, 1), (1, 1))]
    assert {round(value, 12) for value in draws} == {round(value, 12) for value in possible}


def test_draws_repeat_for_a_seed_whatever_the_other_methods():
    rng = np.random.default_rng(0)
    counts = {"a": judged(rng, 2, 20), "b": judged(rng, 3, 20, replicates=2)}
    both = iou(counts, resamples=100, seed=5)["a"]
    alone = iou({"a": counts["a"]}, resamples=100, seed=5)["a"]
    np.testing.assert_array_equal(both.draws, alone.draws)


def test_one_seed_gives_an_interval_over_images_and_no_p():
    rng = np.random.default_rng(0)
    measured = iou({name: judged(rng, 1, 40, image_sd=0.05) for name in "ab"}, resamples=200)
    assert np.isfinite(gap(measured).interval()).all()
    assert np.isnan([gap(measured).differs(), gap(measured).equivalent(MARGIN)]).all()


def test_one_image_draws_nothing():
    measured = iou({"a": judged(np.random.default_rng(0), 3, 1)}, resamples=10)
    assert np.isnan([*measured["a"].interval(), gap(measured, "a", "a").differs()]).all()


def test_methods_on_different_images_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="same images"):
        measure({"a": judged(rng, 2, 20), "b": judged(rng, 2, 21)})


def test_the_mean_over_images_is_drawn_as_such():
    counts = judged(np.random.default_rng(0), 1, 2)
    counts[0][0, 1, 2] = 0
    draws = iou({"a": counts}, resamples=50, average="image")["a"].draws
    first, second = (scores(matrix).mean_iou for matrix in counts[0][0])
    assert {round(value, 12) for value in draws} == {round(v, 12) for v in (first, second, (first + second) / 2)}


def test_more_images_narrow_the_interval():
    few, many = (judged(np.random.default_rng(0), 1, images, image_sd=0.1) for images in (10, 400))
    widths = [np.ptp(iou({"a": counts}, resamples=500)["a"].interval()) for counts in (few, many)]
    assert widths[1] < widths[0] / 3


def test_many_images_are_drawn_in_smaller_parts_and_every_draw_is_the_same(monkeypatch):
    counts = {"a": judged(np.random.default_rng(0), 2, 25, image_sd=0.1)}
    at_once = iou(counts, resamples=1_500)["a"].draws
    monkeypatch.setattr(statistics, "WEIGHED", 7 * 25)
    np.testing.assert_array_equal(iou(counts, resamples=1_500)["a"].draws, at_once)
