"""The model: what a pass is made of, and the rates that fit what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg import Network
from fastavg.networks.workspace import wide_size
from fastavg.planner.cost_model import Costs, Layout, Measured, Rates, fit_rates
from fastavg.training.center import open_buffers
from fastavg.training.panel_memory import in_panels, panel_bytes, wide_numbers
from fastavg.training.run import Run
from tests.planner.made import costs, work


def test_a_pass_is_rows_rounds_and_workers():
    made, _ = work()
    assert made.counts(Layout(1, 1, 0.25)) == (960, 0, 0)
    assert made.counts(Layout(2, 2, 0.25)) == (480, 4, 8)
    # Three workers on two processes: one of these trains two.
    assert made.counts(Layout(3, 2, 1.0)) == (640, 1, 3)
    assert made.counts(Layout(4, 2, "3 steps"))[:2] == (480, 10)
    resampled, _ = work(sampling="resample")
    assert resampled.counts(Layout(2, 2, 0.25))[0] == 960


def test_known_rates_are_found_again():
    made, _ = work()
    true = Rates(2e-5, 3e-4, 5e-6)
    layouts = [Layout(2, 2, 0.25), Layout(2, 2, "1 steps"), Layout(8, 2, 0.25)]
    measured = [
        Measured(each, sum(a * b for a, b in zip(made.counts(each), true, strict=True)))
        for each in layouts
    ]
    assert fit_rates(made, measured) == pytest.approx(true)
    # A row takes at least as long as it is said to.
    assert fit_rates(made, measured, row=3e-5).row >= 3e-5
    assert fit_rates(made, measured[:1]).row > 0


def test_seconds_follow_from_the_rates():
    made, _ = work()
    known = costs(row=1e-5, round=1e-4, worker=0.0)
    assert known.seconds(made, Layout(1, 1, 0.25)) == pytest.approx(960e-5)
    assert known.seconds(made, Layout(4, 4, 0.25)) == pytest.approx(240e-5 + 4e-4)
    assert known.rates_of(2).round == pytest.approx(1e-4 / 3)
    assert known.rates_of(8) == Rates(1e-5, 2e-4, 0.0)
    assert known.run_seconds(made, Layout(1, 1, 0.25), 3) == pytest.approx(0.5 + 3 * 960e-5)
    assert known.run_seconds(made, Layout(4, 2, 0.25), 0) == 0.75
    assert Costs({1: Rates(1.0, 0.0, 0.0)}, {1: 0.0}, 0, 0).rates_of(3).row == 1


@pytest.mark.parametrize("state", ["average", "reset", "keep"])
def test_memory_is_what_a_run_takes(state):
    made, _ = work(solver_state=state)
    made = replace(made, network=Network((64, 128, 10)))
    layout, wide = Layout(4, 2, 0.25), wide_size(made.network)
    plan = made.plan_of(layout)
    with open_buffers(plan, made.network.n_weights, 4, 1, wide) as buffers:
        size = buffers.segment.size
    assert made.shared_bytes(layout) - made.row_bytes == pytest.approx(size, rel=0.03)


@pytest.mark.parametrize("hidden", [64, 4096])
def test_memory_of_averaged_gradients_has_their_panels(hidden):
    made, rows = work(algorithm="gradient-averaging")
    made = replace(made, network=Network((4, hidden, 16, 3)), rows=rows)
    layout = Layout(4, 2, 0.25)
    plan = made.plan_of(layout)
    run = Run(made.network, plan, rows)
    assert in_panels(run) is (hidden == 4096)
    n_weights, wide = made.network.n_weights, wide_numbers(run)
    own = panel_bytes(run, 4)
    with open_buffers(plan, n_weights, 4, 1, wide, own) as buffers:
        size = buffers.segment.size
    assert made.shared_bytes(layout) - made.row_bytes == pytest.approx(size, rel=0.03)


def test_memory_grows_with_workers_and_processes():
    made, _ = work()
    known = costs()
    few, many = Layout(2, 1, 0.25), Layout(8, 1, 0.25)
    assert known.bytes(made, few) < known.bytes(made, many)
    assert known.bytes(made, Layout(8, 4, 0.25)) > known.bytes(made, many) + 4 * 10**7
