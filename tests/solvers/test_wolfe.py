from __future__ import annotations

import math

import pytest

from fastavg.solvers.wolfe import Trial, WolfePowell


def ray(function, derivative, seen=None):
    """A search ray from a function and its derivative."""

    def trial(step):
        if seen is not None:
            seen.append(step)
        return Trial(step, function(step), derivative(step))

    return trial


BOWL = (lambda t: (t - 2) ** 2, lambda t: 2 * (t - 2))
QUARTIC = (lambda t: (t - 1) ** 4 - t, lambda t: 4 * (t - 1) ** 3 - 1)
WAVE = (lambda t: -math.sin(t) + 0.01 * t * t, lambda t: -math.cos(t) + 0.02 * t)


@pytest.mark.parametrize("shape", [BOWL, QUARTIC, WAVE])
@pytest.mark.parametrize("first", [1e-4, 0.01, 0.5, 3.0, 100.0])
def test_the_step_found_satisfies_both_conditions(shape, first):
    search = WolfePowell()
    trial = ray(*shape)
    start = trial(0.0)
    end = search.search(trial, start, first)
    assert end is not None
    assert end.value <= start.value + search.decrease * end.step * start.derivative
    assert abs(end.derivative) <= -search.curvature * start.derivative


def test_a_good_first_step_is_taken_as_it_is():
    seen = []
    trial = ray(*BOWL, seen)
    assert WolfePowell().search(trial, Trial(0.0, 4.0, -4.0), 2.0) == Trial(2.0, 0.0, 0.0)
    assert seen == [2.0]


def test_a_parabola_is_solved_at_once_from_beyond():
    seen = []
    end = WolfePowell().search(ray(*BOWL, seen), Trial(0.0, 4.0, -4.0), 5.0)
    assert end.step == pytest.approx(2.0)
    assert len(seen) == 2


def test_steps_grow_at_most_threefold():
    seen = []
    trial = ray(lambda t: -t, lambda t: -1.0, seen)
    assert WolfePowell(evaluations=5).search(trial, Trial(0.0, 0.0, -1.0), 1.0) is None
    assert seen == [1.0, 3.0, 9.0, 27.0, 81.0]


def test_an_infinite_value_is_too_far():
    def edge(step):
        if step > 1:
            return Trial(step, math.inf, 0.0)
        return Trial(step, (step - 0.5) ** 2, 2 * (step - 0.5))

    end = WolfePowell().search(edge, edge(0.0), 1000.0)
    assert end is not None
    assert end.step < 1


def test_the_search_gives_up_after_its_evaluations():
    seen = []
    uphill = ray(lambda t: t, lambda t: 1.0, seen)
    assert WolfePowell().search(uphill, Trial(0.0, 0.0, -1.0), 1.0) is None
    assert len(seen) == 30
