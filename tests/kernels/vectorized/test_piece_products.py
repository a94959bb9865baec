"""Products of a piece of a full batch against NumPy's."""

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.called_products import ADD_GRADIENT, BACKWARD, FORWARD
from fastavg.kernels.network.layout import COLUMNS, FAN_IN, FAN_OUT, IN_LD, OUT_LD, W_AT, W_LD
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.piece_products import STAGE, ZERO, multiply_in_parts

ZEROS = np.zeros(1, np.float32)


@kernel(cached=False)
def multiply_arrays(left, right, scale, target, added):
    rows, depth = left.shape
    multiply_in_parts(
        rows, right.shape[1], depth, address_of(left), 4 * depth, 4, address_of(right),
        4 * right.shape[1], address_of(ZEROS), scale, address_of(target), 4 * target.shape[1],
        added,
    )


@pytest.mark.parametrize("added", [False, True])
@pytest.mark.parametrize("depth", [1, 33, 112, 113, 300])
def test_parts_of_the_depth_are_added(depth, added):
    random = np.random.default_rng(depth)
    left = random.normal(size=(19, depth)).astype(np.float32)
    right = random.normal(size=(depth, 144)).astype(np.float32)
    before = random.normal(size=(20, 144)).astype(np.float32)
    target = before.copy()
    multiply_arrays(left, right, np.float32(0.5), target, added)
    wanted = 0.5 * (left.astype(float) @ right) + added * before[:19]
    assert np.abs(target[:19] - wanted).max() <= 2e-6 * depth**0.5 * np.abs(wanted).max()
    assert np.array_equal(target[19], before[19])


@kernel(cached=False)
def make_product(address, product, layer, rows, first, scale, source, target):
    call(address, (product, layer, rows, address_of(first), 0, scale, source, target))


@pytest.mark.parametrize(("fan_in", "fan_out"), [(3, 1), (130, 70), (20, 131)])
@pytest.mark.parametrize("rows", [1, 50, 97])
def test_the_three_products_of_a_layer(fan_in, fan_out, rows):
    in_ld, out_ld, w_at = -(-fan_in // 16) * 16, -(-fan_out // 16) * 16, 32
    random = np.random.default_rng(rows)

    def filled(n, ld, used):
        # Only gaps after a row of a right operand have to be zeros.
        numbers = np.zeros((n, ld), np.float32)
        numbers[:, :used] = random.normal(size=(n, used))
        return numbers

    inputs, errors = filled(rows, in_ld, fan_in), filled(rows, out_ld, fan_out)
    weights = filled(fan_in, out_ld, fan_out)
    theta = np.concatenate([np.zeros(w_at, np.float32), weights.ravel()])
    turned = np.zeros((fan_out, in_ld), np.float32)
    turned[:, :fan_in] = weights[:, :fan_out].T
    layer = np.zeros(COLUMNS, np.int64)
    layer[[FAN_IN, FAN_OUT, IN_LD, OUT_LD, W_AT, W_LD, ZERO]] = (
        fan_in, fan_out, in_ld, out_ld, w_at, out_ld, ZEROS.ctypes.data
    )

    def found(product, first, scale, source, target):
        make_product(
            STAGE.address("float32"), product, layer, rows, first, np.float32(scale),
            source.ravel(), target.ravel(),
        )
        return target

    outputs = found(FORWARD, theta, 1, inputs, np.full((rows, out_ld), np.nan, np.float32))
    assert np.allclose(outputs, inputs[:, :fan_in].astype(float) @ weights, atol=1e-4)
    handed = found(BACKWARD, turned.ravel(), 1, errors, np.full((rows, in_ld), np.nan, np.float32))
    assert np.allclose(handed, errors[:, :fan_out].astype(float) @ turned, atol=1e-4)
    before = filled(fan_in, out_ld, fan_out)
    gradient = found(ADD_GRADIENT, inputs.ravel(), 0.25, errors, before.copy())
    wanted = before + 0.25 * (inputs[:, :fan_in].T.astype(float) @ errors)
    assert np.allclose(gradient, wanted, atol=1e-4)
    assert not gradient[:, fan_out:].any()
