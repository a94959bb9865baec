"""The mean of a gradient that lies in memory with one that is made in registers."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.mean_gradient import (
    NOTED,
    average_product,
    begin_notes,
    extremes,
)


@kernel(cached=False)
def average_arrays(left, right, scale, target, shares, noted, zero):
    """The mean of the target and left.T @ right, with its notes."""
    begin_notes(shares, noted)
    average_product(
        left.shape[1], left.shape[0], address_of(left), 4, 4 * left.shape[1], address_of(right),
        4 * right.shape[1], address_of(zero), scale, address_of(target), 4 * target.shape[1],
        address_of(noted),
    )
    return extremes(noted)


def averaged(left, right, scale, target, shares=(0.5, 0.25)):
    return average_arrays(
        left, right, np.float32(scale), target, np.array(shares), np.empty(NOTED, np.int32),
        np.zeros(1, np.float32),
    )


def operands(rows, height, seed=0):
    random = np.random.default_rng(seed)
    # Whole numbers: no sum of theirs is rounded, in whatever order.
    return (random.integers(-9, 9, (rows, height)).astype(np.float32),
            random.integers(-9, 9, (rows, 64)).astype(np.float32),
            random.integers(-9, 9, (height, 64)).astype(np.float32))


@pytest.mark.parametrize(("rows", "height"), [(1, 1), (5, 6), (32, 64), (7, 13), (64, 3)])
def test_mean_and_extremes(rows, height):
    left, right, first = operands(rows, height)
    target, second = first.copy(), 0.5 * (left.T @ right)
    highest, least = averaged(left, right, 0.5, target)
    assert (target == 0.5 * first + 0.25 * second).all()
    magnitudes = np.abs(np.concatenate([first, second])).astype(np.float32)
    bits = magnitudes.view(np.int32)
    assert highest == bits.max()
    assert least == bits[bits > 0].min() - 1


def test_zeros_have_no_least_number_and_no_sign():
    left, right = -np.zeros((4, 8), np.float32), np.ones((4, 64), np.float32)
    target = -np.zeros((8, 64), np.float32)
    assert averaged(left, right, 1.0, target) == (0, -1)
    assert not np.signbit(target).any()


def test_what_is_not_finite_is_the_highest():
    left, right, target = operands(4, 8)
    right[2, 5] = np.inf
    highest, _ = averaged(left, right, 1.0, target)
    assert highest >= np.float32(np.inf).view(np.int32)
    assert not np.isfinite(target[:, 5]).any()
