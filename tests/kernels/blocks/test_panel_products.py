"""Products of panels against NumPy, in explicit vectors and by BLAS, and means in registers."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.chunk_mean import is_light
from fastavg.kernels.blocks.panel_inputs import chunk_start, gather_in_chunks
from fastavg.kernels.blocks.panel_products import (
    WIDE,
    add_inputs,
    average_unit,
    in_vectors,
    unit_gradient,
)
from fastavg.kernels.blocks.panels import copy_units, unit_inputs
from fastavg.kernels.means.exact import mean
from fastavg.kernels.network.layout import ERROR, ERROR_LD, FAN_OUT, OUT_AT, OUT_LD, W_LD
from fastavg.networks.column_panels import UNIT_WITH_BIASES, column_panels, input_numbers
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from tests.problems import TOLERANCE, close, weights_of

INPUTS, OUTPUTS, ROWS = 300, 134, 9
NETWORK = Network((INPUTS, OUTPUTS), output="identity")


class Worker:
    """One worker's inputs in chunks and its block, with errors, for both of them as matrices."""

    def __init__(self, dtype, seed=0, rows=ROWS):
        random = np.random.default_rng(seed)
        self.rows, self.panels = rows, column_panels(NETWORK, rows, dtype)
        self.space = Workspace(NETWORK, rows, dtype)
        self.X = random.normal(size=(rows, INPUTS)).astype(dtype)
        self.errors = random.normal(size=(rows, OUTPUTS)).astype(dtype)
        self.inputs = np.full(input_numbers(self.panels), np.nan, dtype)
        gather_in_chunks(
            self.X, np.arange(rows), 0, rows, self.panels.width, self.panels.distance, self.inputs
        )
        self.block = np.full(self.panels.block, np.nan, dtype)
        layer = self.panels.layers[0]
        self.put(layer, ERROR, ERROR_LD, self.errors)

    def put(self, layer, at, ld, numbers):
        for row, given in enumerate(numbers):
            start = layer[at] + row * layer[ld]
            self.block[start : start + len(given)] = given

    def gradient(self, unit, total, out):
        panel = self.panels.table[unit[0]]
        unit_gradient(
            panel, unit[1], unit[2], self.inputs[unit_inputs(self.panels, unit) :], self.block,
            self.rows, total, self.space.scratch, out,
        )

    def averaged(self, unit, total, shares, noted, out):
        return average_unit(
            self.panels.table[unit[0]], unit[1], unit[2],
            self.inputs[unit_inputs(self.panels, unit) :], self.block, self.rows, total,
            self.space.scratch, shares, noted, out,
        )


def numbers_of(unit, panels):
    """How many weights and biases a unit has."""
    ld, n = panels.table[unit[0], W_LD], panels.table[unit[0], FAN_OUT]
    return (unit[2] - unit[1]) * ld + (n if unit[2] == INPUTS else 0)


def test_full_panels_of_float32_are_multiplied_in_vectors():
    panels = column_panels(NETWORK, ROWS, "float32")
    assert [in_vectors(panel, 4) for panel in panels.table] == [WIDE, WIDE, False]
    assert not any(in_vectors(panel, 8) for panel in panels.table)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_are_summed_chunk_by_chunk_of_the_inputs(dtype):
    worker = Worker(dtype)
    panels, dense = worker.panels, weights_of(NETWORK, 0, dtype)
    theta = np.zeros(panels.size, dtype)
    copy_units(panels, 0, len(panels.units), theta, dense, False)
    W, layer = dense[: INPUTS * OUTPUTS].reshape(INPUTS, OUTPUTS), panels.layers[0]
    for panel in panels.table:
        for first in range(0, INPUTS, panels.width):
            add_inputs(
                panel, theta, first, panels.width,
                worker.inputs[chunk_start(first, panels.width, panels.distance) :],
                worker.block, ROWS, worker.space.scratch.tile,
            )
    found = [
        worker.block[layer[OUT_AT] + row * layer[OUT_LD] :][:OUTPUTS] for row in range(ROWS)
    ]
    assert close(np.array(found), worker.X @ W, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_units_gradient_has_its_rows_and_behind_the_last_one_the_biases(dtype):
    worker = Worker(dtype)
    expected = worker.X.T.astype(float) @ worker.errors / 5
    for unit in worker.panels.units:
        panel, low = worker.panels.table[unit[0]], 64 * unit[0]
        n, ld = panel[FAN_OUT], panel[W_LD]
        g = np.full(UNIT_WITH_BIASES, np.nan, dtype)
        worker.gradient(unit, 5.0, g)
        rows = g[: (unit[2] - unit[1]) * ld].reshape(-1, ld)
        assert close(rows[:, :n], expected[unit[1] : unit[2], low : low + n], TOLERANCE[dtype])
        assert not rows[:, n:].any()
        if unit[2] == INPUTS:
            biases = worker.errors.sum(axis=0)[low : low + n] / 5
            assert close(g[rows.size :][:n], biases, TOLERANCE[dtype])
        # A worker without rows, or whose rows weigh nothing, has no gradient.
        worker.gradient(unit, 0.0, g)
        assert not g[: numbers_of(unit, worker.panels)].any()


@pytest.mark.skipif(not WIDE, reason="the processor has no wide vectors")
@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.25, 0.5)])
def test_a_mean_in_registers_has_the_bits_of_the_exact_mean(shares):
    workers, parts = [Worker("float32", seed) for seed in (1, 2)], np.array(shares)
    panels, seen = workers[0].panels, 0
    assert is_light(parts, 4)
    noted = np.empty(34, np.int32)
    for unit in panels.units:
        if not in_vectors(panels.table[unit[0]], 4):
            continue
        n = numbers_of(unit, panels)
        slots = np.zeros((2, n), np.float32)
        for worker, slot in zip(workers, slots, strict=True):
            worker.gradient(unit, 3.0, slot)
        expected = np.empty(n, np.float32)
        mean(slots.reshape(-1), np.array([0, n]), parts, expected)
        found = np.full(UNIT_WITH_BIASES, np.nan, np.float32)
        workers[0].gradient(unit, 3.0, found)
        assert workers[1].averaged(unit, 3.0, parts, noted, found)
        assert found[:n].tobytes() == expected.tobytes()
        assert np.isnan(found[n:]).all()
        seen += 1
    assert seen == 2 * -(-INPUTS // panels.width)


@pytest.mark.skipif(not WIDE, reason="the processor has no wide vectors")
@pytest.mark.parametrize("spoilt", [1e-30, np.nan, np.inf])
def test_a_mean_in_registers_says_when_it_is_not_the_exact_one(spoilt):
    first, second = Worker("float32", 1), Worker("float32", 2)
    unit, noted, out = first.panels.units[0], np.empty(34, np.int32), np.zeros(8192, np.float32)
    parts = np.array([0.5, 0.5])
    first.gradient(unit, 3.0, out)
    assert second.averaged(unit, 3.0, parts, noted, out)
    # One column of errors is far smaller than the others, or not finite.
    spoilt_errors = second.errors.copy()
    spoilt_errors[:, 3] = spoilt
    second.put(second.panels.layers[0], ERROR, ERROR_LD, spoilt_errors)
    first.gradient(unit, 3.0, out)
    assert not second.averaged(unit, 3.0, parts, noted, out)
