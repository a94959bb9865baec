"""The search: in order, the same for a seed, broken off and gone on with."""

from __future__ import annotations

import math
import threading
import time
import tomllib

import pytest

from fastavg.errors import ConfigError, Diverged
from fastavg.tuning.search import Budget, shown, tune
from fastavg.tuning.space import Tried
from fastavg.tuning.trial import DIVERGED, FINISHED, PRUNED, STARTS
from tests.tuning.made import Known

SIX, TWENTY = Budget(trials=6), Budget(trials=20)


def of(tuned):
    return [(each.state, str(each.score), each.options) for each in tuned.outcomes]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tune(Known(), tmp_path_factory.mktemp("search") / "s", TWENTY)


def test_the_first_trial_is_the_usual_one_and_the_best_one_is_near(whole):
    assert whole.outcomes[0].options["regularization.l2"] == 0.9
    assert whole.best.score > -0.1
    assert whole.best.score == max(each.score for each in whole.outcomes if each.state == FINISHED)
    assert PRUNED in {each.state for each in whole.outcomes[STARTS:]}
    assert [each.number for each in whole.outcomes] == list(range(1, 21))


def test_what_matters_is_named(whole):
    assert list(whole.importance) == ["regularization.l2", "network.activation"]
    assert sum(whole.importance.values()) == pytest.approx(1)


def test_the_files_say_the_same(whole):
    assert tomllib.loads(whole.path.read_text()) == whole.config
    lines = (whole.path.parent / "trials.csv").read_text().splitlines()
    assert lines[0] == "trial,state,nearness,regularization.l2,network.activation"
    assert len(lines) == 21


def test_a_search_that_is_broken_off_goes_on_as_if_it_had_not_been(whole, tmp_path):
    trainer = Known(fails=[1, 13])
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            tune(trainer, tmp_path / "s", TWENTY)
    assert of(tune(trainer, tmp_path / "s", TWENTY)) == of(whole)
    # And one that is at its end has nothing left to try.
    before = len(trainer.tried)
    assert of(tune(trainer, tmp_path / "s", TWENTY)) == of(whole)
    assert len(trainer.tried) == before


def test_another_seed_draws_others(whole, tmp_path):
    assert of(tune(Known(), tmp_path / "s", SIX, seed=1)) != of(whole)[:6]
    with pytest.raises(ConfigError, match="a search of other seed"):
        tune(Known(), tmp_path / "s", SIX)


def test_when_time_is_over_the_search_ends_but_not_before_a_trial_has(tmp_path):
    trainer = Known()
    found = tune(trainer, tmp_path / "s", Budget(seconds=1e-9))
    assert len(found.outcomes) == len(trainer.tried) == 1


def test_trials_that_diverge_do_not_end_the_search(tmp_path):
    class Wild(Known):
        def score(self, config, tell):
            if config["regularization"]["l2"] > 0.5:
                raise Diverged(0, 0)
            return super().score(config, tell)

    found = tune(Wild(), tmp_path / "s", SIX)
    assert found.outcomes[0].state == DIVERGED
    assert math.isnan(found.outcomes[0].score)
    assert found.best.options["regularization.l2"] <= 0.5
    with pytest.raises(ConfigError, match="all 2 trials diverged"):
        tune(Wild(), tmp_path / "all", Budget(2), space=[Tried("regularization.l2", 0.6, 1)])


def test_nothing_to_try_is_refused(tmp_path):
    trainer = Known()
    trainer.space = tuple
    with pytest.raises(ConfigError, match="every option that could be tried is given"):
        tune(trainer, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_budgets():
    assert Budget(trials=3, seconds=9).most == 3
    for wrong in ({"trials": 0}, {"seconds": -1}):
        with pytest.raises(ConfigError):
            Budget(**wrong)


def test_values_as_set_takes_them():
    assert shown([64, 32]) == "64,32"
    assert shown(True) == "True"


class Slow(Known):
    """Trials of different lengths, which end in another order than they begin."""

    def __init__(self, pauses):
        super().__init__()
        self.pauses, self.most, self.at_once = pauses, 0, 0
        self.lock = threading.Lock()

    def score(self, config, tell):
        with self.lock:
            number = len(self.tried)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        time.sleep(self.pauses[number % len(self.pauses)])
        try:
            return super().score(config, tell)
        finally:
            with self.lock:
                self.at_once -= 1


def test_trials_side_by_side_are_the_same_whichever_ends_first(tmp_path):
    one, other = Slow((0.0, 0.05, 0.02)), Slow((0.05, 0.0))
    found = tune(one, tmp_path / "a", TWENTY, side_by_side=3)
    assert of(tune(other, tmp_path / "b", TWENTY, side_by_side=3)) == of(found)
    assert one.most == other.most == 3
    assert found.best.score > -0.1
    # The same search goes on after a break, and another one is not mixed with it.
    tune(Slow((0.0,)), tmp_path / "c", SIX, side_by_side=3)
    assert of(tune(Slow((0.01, 0.0)), tmp_path / "c", TWENTY, side_by_side=3)) == of(found)
    with pytest.raises(ConfigError, match="of other trials side by side"):
        tune(Known(), tmp_path / "c", TWENTY)
    with pytest.raises(ConfigError, match="side_by_side is 0"):
        tune(Known(), tmp_path / "d", SIX, side_by_side=0)


def test_an_error_side_by_side_ends_the_others_and_keeps_what_was_before(tmp_path):
    class Fails(Slow):
        def score(self, config, tell):
            # Both threads may have gone past the fourth before either looks.
            if len(self.tried) >= 4:
                raise KeyboardInterrupt
            return super().score(config, tell)

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        tune(Fails((0.01,)), tmp_path / "a", TWENTY, side_by_side=2)
    assert threading.active_count() == before
    expected = tune(Slow((0.0,)), tmp_path / "b", TWENTY, side_by_side=2)
    assert of(tune(Slow((0.0,)), tmp_path / "a", TWENTY, side_by_side=2)) == of(expected)
