import numpy as np
import pytest

from dakpn.evaluation.metrics import scores

# Class 2 occurs nowhere, class 1 only in predictions.
PARTLY_ABSENT = np.array([[6, 2, 0], [0, 0, 0], [0, 0, 0]])


def test_perfect_prediction_scores_one():
    found = scores(np.diag([3, 4, 5]))
    assert (found.pixel_accuracy, found.class_accuracy, found.mean_iou) == (1, 1, 1)


@pytest.mark.parametrize(
    "absent, mean_iou, class_accuracy",
    [("exclude", (0.75 + 0) / 2, 0.75), ("one", (0.75 + 0 + 1) / 3, (0.75 + 2) / 3), ("zero", 0.25, 0.25)],
)
def test_absent_classes_follow_the_policy(absent, mean_iou, class_accuracy):
    found = scores(PARTLY_ABSENT, absent)
    assert found.mean_iou == pytest.approx(mean_iou)
    assert found.class_accuracy == pytest.approx(class_accuracy)


def test_one_matrix_over_the_set_not_a_mean_of_images():
    images = np.array([[[9, 1], [0, 0]], [[0, 0], [5, 5]]])
    assert scores(images).mean_iou == scores(images.sum(0)).mean_iou
    assert scores(images).iou.tolist() == pytest.approx([9 / 15, 5 / 11])


def test_class_accuracy_is_mean_recall():
    assert scores(np.array([[3, 1], [2, 2]])).class_accuracy == pytest.approx((0.75 + 0.5) / 2)


def test_means_run_over_the_chosen_classes_only():
    matrix = np.array([[4, 0, 0], [0, 1, 3], [0, 0, 0]])
    assert scores(matrix, classes=[0, 1]).mean_iou == pytest.approx((1 + 0.25) / 2)
    assert np.isfinite(scores(matrix, classes=[0, 1]).iou[2])


def test_permuting_classes_changes_no_score():
    matrix = np.random.default_rng(0).integers(0, 50, (6, 6))
    order = np.random.default_rng(1).permutation(6)
    assert scores(matrix).mean_iou == pytest.approx(scores(matrix[np.ix_(order, order)]).mean_iou)


def test_nothing_counted_gives_nan():
    found = scores(np.zeros((3, 3)))
    assert np.isnan([found.pixel_accuracy, found.class_accuracy, found.mean_iou]).all()


def test_unknown_policy_and_shape_are_errors():
    with pytest.raises(ValueError, match="skip"):
        scores(np.eye(2), "skip")
    with pytest.raises(ValueError, match="confusion matrix"):
        scores(np.ones((2, 3)))
