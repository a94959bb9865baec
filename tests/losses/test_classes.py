"""Losses of classes, by hand and against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from fastavg.errors import ConfigError
from fastavg.losses import CrossEntropy, Hinge


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def test_cross_entropy_is_the_log_loss():
    z = np.random.default_rng(0).normal(0, 2, (40, 5))
    y = np.arange(40)[:, None] % 5
    mean = CrossEntropy().rows(z, y, "softmax").mean()
    assert mean == pytest.approx(log_loss(y[:, 0], softmax(z)), rel=1e-12)


def test_class_numbers_and_full_rows_are_the_same():
    z, y = np.random.default_rng(0).normal(size=(6, 3)), np.array([[0], [1], [2], [2], [1], [0]])
    for loss, output in ((CrossEntropy(), "softmax"), (CrossEntropy(0.3), "softmax")):
        np.testing.assert_allclose(
            loss.rows(z, y, output), loss.rows(z, np.eye(3)[y[:, 0]], output), rtol=1e-13
        )


@pytest.mark.parametrize("smoothing", [0.1, 0.5])
def test_smoothing_mixes_the_target_with_equal_shares(smoothing):
    z, y = np.random.default_rng(0).normal(size=(4, 3)), np.array([[0], [1], [2], [0]])
    target = np.eye(3)[y[:, 0]] * (1 - smoothing) + smoothing / 3
    expected = -(target * np.log(softmax(z))).sum(axis=1)
    np.testing.assert_allclose(CrossEntropy(smoothing).rows(z, y, "softmax"), expected, rtol=1e-12)


def test_logistic_outputs_do_not_overflow():
    z, Y = np.array([[1e4], [-1e4]]), np.array([[0.0], [0.0]])
    assert CrossEntropy().rows(z, Y, "logistic").tolist() == [1e4, 0.0]


def test_large_softmax_inputs_do_not_overflow():
    assert CrossEntropy().rows(np.array([[1e4, 0.0]]), np.array([[1]]), "softmax")[0] == 1e4


@pytest.mark.parametrize(("squared", "expected"), [(False, [0, 0.5, 3]), (True, [0, 0.25, 9])])
def test_hinge_of_classes(squared, expected):
    z = np.array([[3.0, 1.0, 0.0], [2.0, 1.5, 0.0], [0.0, 1.0, 3.0]])
    rows = Hinge(squared=squared).rows(z, np.array([[0], [0], [1]]), "margin")
    assert rows.tolist() == expected


def test_hinge_of_labels():
    z, Y = np.array([[0.5, -2.0], [2.0, -2.0]]), np.array([[1.0, 1.0], [1.0, 0.0]])
    assert Hinge().rows(z, Y, "margin").tolist() == [3.5, 0.0]


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, float("nan"), "much"])
def test_impossible_smoothing_is_refused(smoothing):
    with pytest.raises(ConfigError, match="label_smoothing"):
        CrossEntropy(smoothing)


def test_the_kernels_know_plain_cross_entropy_by_number():
    assert CrossEntropy().code("softmax", "float32") == 0
    assert CrossEntropy().code("logistic", "float32") == 1
    # Anything else is an address.
    assert CrossEntropy(0.1).code("softmax", "float32") > 100
