import numpy as np
import pytest

from dakpn.evaluation.metrics import METRICS, scores
from dakpn.evaluation.statistics import difference, interval, paired_bootstrap

CLASSES = 3


def judged(rng, seeds, images, *, seed_sd=0.0, image_sd=0.0, both_sd=0.0, image_effects=None):
    """(S,N,3,3) counts of a segmenter that is right on a share of 0.7 of the pixels of each class, more or less."""
    if image_effects is None:
        image_effects = image_sd * rng.standard_normal(images)
    share = 0.7 + seed_sd * rng.standard_normal((seeds, 1)) + image_effects
    share = np.clip(share + both_sd * rng.standard_normal((seeds, images)), 0, 1)
    right = rng.binomial(400, share[..., None], (seeds, images, CLASSES))
    wrong = rng.binomial(400 - right, 0.5)
    counts = np.zeros((seeds, images, CLASSES, CLASSES), dtype=np.int64)
    for cls in range(CLASSES):
        counts[..., cls, cls] = right[..., cls]
        counts[..., cls, (cls + 1) % CLASSES] = wrong[..., cls]
        counts[..., cls, (cls + 2) % CLASSES] = 400 - right[..., cls] - wrong[..., cls]
    return counts


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
}


def coverage(seeds, noise):
    """Share of 1,000 experiments whose 95 % interval holds the mean IoU of endlessly many seeds and images."""
    rng = np.random.default_rng(1)
    truth = expected_iou(noise.get("seed_sd", 0.0))
    covered = []
    for experiment in range(1000):
        counts = {"method": judged(rng, seeds, 60, **noise)}
        low, high = interval(paired_bootstrap(counts, resamples=600, seed=experiment)["mean_iou"]["method"])
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
        draws = paired_bootstrap(counts, resamples=600, seed=experiment)["mean_iou"]
        found = difference(draws["a"], draws["b"])
        covered.append(found.low <= truth <= found.high)
    assert 0.93 <= np.mean(covered) <= 0.97


def test_a_comparison_uses_the_same_images_and_seeds_for_both_methods():
    rng = np.random.default_rng(0)
    easy_or_hard = 0.08 * rng.standard_normal(60)
    counts = {name: judged(rng, 1, 60, image_effects=easy_or_hard) for name in ("a", "b")}
    draws = paired_bootstrap(counts, resamples=2000)["mean_iou"]
    alone = np.ptp(interval(draws["a"]))
    found = difference(draws["a"], draws["b"])
    assert found.high - found.low < alone / 3
    assert found.low <= draws["a"].mean() - draws["b"].mean() <= found.high


def test_a_method_never_differs_from_itself_and_a_clear_gap_is_seen():
    rng = np.random.default_rng(0)
    counts = {"a": judged(rng, 3, 60, image_sd=0.05)}
    counts |= {"same": counts["a"], "better": counts["a"] + 30 * np.eye(CLASSES, dtype=np.int64)}
    draws = paired_bootstrap(counts, resamples=2000)
    for metric in METRICS.values():
        same = difference(draws[metric]["same"], draws[metric]["a"])
        assert (same.low, same.high, same.p) == (0.0, 0.0, 1.0)
        better = difference(draws[metric]["better"], draws[metric]["a"])
        assert better.low > 0
        assert better.p < 0.05


def test_the_spread_over_seeds_widens_an_interval_as_a_t_does():
    counts = judged(np.random.default_rng(3), 3, 60, seed_sd=0.04)
    values = [scores(matrices).pixel_accuracy for matrices in counts]
    draws = paired_bootstrap({"a": counts}, resamples=40_000)["pixel_accuracy"]["a"]
    low, high = interval(draws)
    half_width = 4.303 * np.std(values, ddof=1) / np.sqrt(3)
    assert (high - low) / 2 == pytest.approx(half_width, rel=0.05)
    assert np.median(draws) == pytest.approx(np.mean(values), abs=1e-3)


def test_draws_agree_with_scores_of_the_drawn_images():
    counts = judged(np.random.default_rng(0), 1, 2)
    options = dict(absent="one", classes=[0, 1])
    found = paired_bootstrap({"a": counts}, resamples=50, **options)["mean_iou"]["a"]
    possible = [scores(counts[0][list(pair)], **options).mean_iou for pair in ((0, 0), (0, 1), (1, 1))]
    assert {round(value, 12) for value in found} == {round(value, 12) for value in possible}


def test_draws_repeat_for_a_seed_whatever_the_other_methods():
    rng = np.random.default_rng(0)
    counts = {"a": judged(rng, 2, 20), "b": judged(rng, 2, 20)}
    both = paired_bootstrap(counts, resamples=100, seed=5)["mean_iou"]["a"]
    alone = paired_bootstrap({"a": counts["a"]}, resamples=100, seed=5)["mean_iou"]["a"]
    np.testing.assert_array_equal(both, alone)


def test_draws_that_were_computed_from_others_are_compared_as_they_are():
    rng = np.random.default_rng(0)
    draws = paired_bootstrap({"a": judged(rng, 3, 20)}, resamples=200)["mean_iou"]["a"]
    found = difference(draws + 0.1, draws)
    assert (found.low, found.high) == pytest.approx((0.1, 0.1))
    assert found.p < 0.05


def test_one_image_draws_nothing():
    draws = paired_bootstrap({"a": judged(np.random.default_rng(0), 3, 1)}, resamples=10)["mean_iou"]["a"]
    assert np.isnan([*interval(draws), difference(draws, draws).p]).all()


def test_methods_on_different_images_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="one shape"):
        paired_bootstrap({"a": judged(rng, 2, 20), "b": judged(rng, 2, 21)})


def test_the_mean_over_images_is_drawn_as_such():
    counts = judged(np.random.default_rng(0), 1, 2)
    counts[0, 1, 2] = 0
    found = paired_bootstrap({"a": counts}, resamples=50, average="image")["mean_iou"]["a"]
    first, second = (scores(matrix).mean_iou for matrix in counts[0])
    assert {round(value, 12) for value in found} == {round(v, 12) for v in (first, second, (first + second) / 2)}


def test_more_images_narrow_the_interval():
    few, many = (judged(np.random.default_rng(0), 1, images, image_sd=0.1) for images in (10, 400))
    widths = [np.ptp(interval(paired_bootstrap({"a": c}, resamples=500)["mean_iou"]["a"])) for c in (few, many)]
    assert widths[1] < widths[0] / 3


def test_the_noise_of_training_can_be_left_out():
    counts = {"a": judged(np.random.default_rng(0), 3, 40, seed_sd=0.05, image_sd=0.02)}
    widths = [
        np.ptp(interval(paired_bootstrap(counts, resamples=500, training=training)["mean_iou"]["a"]))
        for training in (True, False)
    ]
    assert widths[1] < widths[0] / 3
