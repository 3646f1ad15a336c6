"""Comparisons: Holm by its definition, letters that say what the tests say, equals that end in one group."""

from itertools import combinations

import numpy as np
import pytest

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.comparison import Comparison, PairwiseDifference, compare, gather, holm, letters, of_measured
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.protocols import PROTOCOLS
from dakpn.evaluation.statistics import measure

STREET = LABEL_SPACES["cityscapes"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([0.04], [0.04]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.6], [1.0, 1.0]),
        ([np.nan, 0.02, 0.03], [np.nan, 0.04, 0.04]),
    ],
)
def test_holm_follows_its_definition(given, expected):
    np.testing.assert_allclose(holm(given), expected)


@pytest.mark.parametrize("seed", range(20))
def test_two_methods_share_a_letter_exactly_when_they_are_not_apart(seed):
    rng = np.random.default_rng(seed)
    methods = list("ABCDEF")
    apart = {frozenset(pair) for pair in combinations(methods, 2) if rng.random() < 0.5}
    found = letters(methods, apart)
    for a, b in combinations(methods, 2):
        assert bool(set(found[a]) & set(found[b])) == (frozenset((a, b)) not in apart)


def test_letters_of_a_chain_overlap_and_start_at_the_best():
    assert letters(["best", "middle", "worst"], {frozenset(("best", "worst"))}) == {
        "best": "a",
        "middle": "ab",
        "worst": "b",
    }


def test_two_equal_methods_end_in_one_group_in_at_least_95_percent_of_1000_experiments():
    rng = np.random.default_rng(2)
    together = []
    for _ in range(1000):
        counts = {name: experiment(rng, seeds=3, images=40) for name in ("a", "b")}
        groups = compare_metric(counts, resamples=400).groups
        together.append(bool(set(groups["a"]) & set(groups["b"])))
    assert 0.95 <= np.mean(together) < 1.0


def experiment(rng, seeds, images, share=0.7, seed_sd=0.02):
    """Seed -> (1,N,2,2) counts of a method whose share of right pixels varies over seeds and pixels alone."""
    right = rng.binomial(50, np.clip(share + seed_sd * rng.standard_normal((seeds, 1)), 0, 1), (2, seeds, images))
    counts = np.zeros((seeds, images, 2, 2), dtype=np.int64)
    for cls in range(2):
        counts[..., cls, cls], counts[..., cls, 1 - cls] = right[cls], 50 - right[cls]
    return dict(enumerate(counts[:, None]))


def compare_metric(counts, resamples):
    return of_measured(measure(counts, resamples=resamples)["mean_iou"])


def test_a_better_method_leaves_the_group_and_differences_name_the_better_one_first():
    rng = np.random.default_rng(0)
    counts = {"good": experiment(rng, 5, 60, 0.9), "a": experiment(rng, 5, 60), "b": experiment(rng, 5, 60)}
    found = compare_metric(counts, resamples=4000)
    assert found.groups["good"] == "a" and "a" not in found.groups["a"] + found.groups["b"]
    assert all(pair.value >= 0 and pair.p_holm >= pair.p for pair in found.pairs)
    assert all(pair.low <= pair.value <= pair.high for pair in found.pairs)
    assert [pair.verdict == "different" for pair in found.pairs if pair.a == "good"] == [True, True]


def test_the_smallest_detectable_difference_is_half_the_interval_of_the_narrowest_and_of_the_median_pair():
    ends = ((-0.1, 0.1), (0.0, 0.1), (-0.4, 0.4))
    pairs = [PairwiseDifference("a", "b", 0, low, high, 1, 1, 1) for low, high in ends]
    assert Comparison({}, pairs, {}).minimum_detectable_difference == pytest.approx((0.05, 0.1))
    assert Comparison({}, [], {}).minimum_detectable_difference is None


def stored(folder, name, ids, seed=0, label_space=STREET):
    path = folder / f"{name}.npz"
    ConfusionStore(ids, np.random.default_rng(seed).integers(0, 9, (len(ids), 19, 19)), label_space).save(path)
    return path


def test_stores_become_one_array_per_method_and_every_metric_is_compared(tmp_path):
    paths = [(m, s, 0, stored(tmp_path, f"{m}{s}", ("x", "y", "z"), s)) for m in ("a", "b") for s in (1, 0)]
    counts = gather(paths)
    assert counts.label_space == STREET and list(counts.of["a"]) == [0, 1] and counts.of["a"][0].shape == (1, 3, 19, 19)
    np.testing.assert_array_equal(counts.of["a"][1], counts.of["b"][1])
    found = compare(counts, PROTOCOLS["paper"], resamples=50)
    assert list(found) == list(METRICS)
    assert all(comparison.groups == {"a": "a", "b": "a"} for comparison in found.values())


def test_stores_of_other_images_or_classes_and_a_missing_replicate_are_refused(tmp_path):
    first = stored(tmp_path, "first", ("x", "y"))
    other = stored(tmp_path, "other", ("x", "z"))
    with pytest.raises(InputError, match=r"other\.npz.*other images"):
        gather([("a", 0, 0, first), ("b", 0, 0, other)])
    camvid = stored(tmp_path, "camvid", ("x", "y"), label_space=LABEL_SPACES["camvid"])
    with pytest.raises(InputError, match=r"camvid\.npz: is scored in camvid, others in cityscapes"):
        gather([("a", 0, 0, first), ("b", 0, 0, camvid)])
    with pytest.raises(InputError, match="a: some seeds have more replicates"):
        gather([("a", 0, 0, first), ("a", 0, 1, first), ("a", 1, 0, first)])


@pytest.mark.parametrize("seeds", [1, 2])
def test_one_seed_gives_intervals_over_images_and_tells_nothing_apart(seeds):
    rng = np.random.default_rng(5)
    counts = {name: experiment(rng, seeds, 60, share, seed_sd=0.0) for name, share in (("a", 0.9), ("b", 0.1))}
    comparison = compare_metric(counts, resamples=400)
    (pair,) = comparison.pairs
    assert 0.6 < pair.low < pair.high < 1
    assert pair.verdict == ("different" if seeds > 1 else "undecided") and np.isfinite(pair.p_holm) == (seeds > 1)
    assert set(comparison.groups.values()) == ({"a", "b"} if seeds > 1 else {""})
    assert (comparison.minimum_detectable_difference is None) == (seeds == 1)
