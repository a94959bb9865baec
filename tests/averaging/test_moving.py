"""Averages of centers: what is published is their mean, and training does not notice."""

import numpy as np
import pytest

from fastavg.averaging import LAWA, SWA, CenterEMA, Mean, SlowMo
from fastavg.errors import ConfigError

CENTERS = np.random.default_rng(0).normal(size=(7, 12))


def published(rule, centers=CENTERS):
    """What the rule publishes after every round."""
    state, found = np.zeros((rule.n_vectors, 12)), []
    for round, center in enumerate(centers):
        rule.step(np.zeros(12), center.copy(), state, round)
        found.append(rule.published(center, state).copy())
    return np.array(found)


def test_ema_weighs_the_past_by_its_decay():
    expected = CENTERS[0]
    for center, found in zip(CENTERS[1:], published(CenterEMA(0.8))[1:], strict=True):
        expected = 0.8 * expected + 0.2 * center
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_ema_may_remember_less_at_first():
    wanted, found = CENTERS[0], published(CenterEMA(0.8, early=9))
    for number, center in enumerate(CENTERS[1:], 2):
        decay = min(0.8, number / (number + 9))
        wanted = decay * wanted + (1 - decay) * center
        np.testing.assert_allclose(found[number - 1], wanted, rtol=1e-12)


def test_swa_is_the_mean_of_all_centers_from_its_first_round_on():
    found = published(SWA(first_round=2))
    assert (found[:2] == CENTERS[:2]).all()
    for round in range(2, 7):
        np.testing.assert_allclose(
            found[round], CENTERS[2 : round + 1].mean(axis=0), rtol=1e-12, atol=1e-14
        )


@pytest.mark.parametrize("window", [1, 3])
def test_lawa_is_the_mean_of_the_last_centers(window):
    for round, found in enumerate(published(LAWA(window))):
        expected = CENTERS[max(0, round + 1 - window) : round + 1].mean(axis=0)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", [CenterEMA, SWA, LAWA])
def test_the_inner_rule_moves_the_center_as_without_the_average(kind):
    inner, rule = SlowMo(momentum=0.5), kind(rule=SlowMo(momentum=0.5))
    alone, state = np.zeros((1, 12)), np.zeros((rule.n_vectors, 12))
    ours = theirs = np.zeros(12)
    for round, mean in enumerate(CENTERS):
        one, other = mean.copy(), mean.copy()
        inner.step(theirs, one, alone, round)
        rule.step(ours, other, state, round)
        theirs, ours = one, other
        assert (ours == theirs).all()
    assert (rule.published(ours, state) != ours).any()


@pytest.mark.parametrize("rule", [CenterEMA(), SWA(), LAWA()], ids=repr)
def test_before_the_first_round_the_center_is_published(rule):
    center = np.arange(12.0)
    assert rule.published(center, np.zeros((rule.n_vectors, 12))) is center
    assert rule.rule == Mean()


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [(CenterEMA, "decay", 1), (SWA, "first_round", -1), (LAWA, "window", 0)],
)
def test_impossible_values_are_refused(kind, name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}"):
        kind(**{name: value})
