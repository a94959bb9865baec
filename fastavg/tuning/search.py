"""The search: trials in order, each drawn from what the ones before it have shown.

.. code-block:: text

    draw options (TPE, seed and trial number) --> train --> score of held-out rows
          ^                                         | after every epoch: worse than the median
          |                                         | of the trials so far? then it ends
          '----------- journal in the folder <------'     best.toml, trials.csv

A trial depends on the seed and the trials before it alone, so that a search that was broken off
goes on with the trials that it would have made.  Trials follow one another; each one has all
processors.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fastavg.errors import ConfigError, Diverged
from fastavg.options import above, check_options, option, optional, whole
from fastavg.plan.configuration import written
from fastavg.plan.profiles import Config
from fastavg.runs.run_data import data_sha256, moved
from fastavg.tuning.contract import Trainer
from fastavg.tuning.space import Tried, put_into
from fastavg.tuning.study_file import BEST, open_study, write_best, write_table

# Trials before the first one is compared with the others' median, or drawn from what they showed.
STARTS = 8
# Trials of a search that has no limit of its own.
TRIALS = 30
FINISHED, PRUNED, DIVERGED = "finished", "pruned", "diverged"


@dataclass(frozen=True)
class Budget:
    """When a search ends: after so many trials, or so much time, whatever comes first.

    Parameters
    ----------
    trials : int, optional
        In all, those of earlier calls on the same folder included; ``TRIALS`` if neither is
        given.
    seconds : float, optional
        Of this call.  The trial under way is given up then, unless there is no other one.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Budget(seconds=600).trials is None, Budget().most
    (True, 30)
    """

    trials: int | None = option(None, check=optional(whole(1)))
    seconds: float | None = option(None, check=optional(above(0)), unit="seconds")

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def most(self) -> float:
        """Trials in all; may be infinite."""
        if self.trials is not None:
            return self.trials
        return TRIALS if self.seconds is None else math.inf


@dataclass(frozen=True)
class Outcome:
    """What became of a trial.

    Parameters
    ----------
    number : int
        From 1.
    state : str
        ``finished``; ``pruned``: ended because it was worse than the median; ``diverged``.
    score : float
        Of the held-out rows, higher is better; NaN unless it finished.
    options : dict
        What was tried, by the options' names.
    seconds : float
        That it took; 0 for one of an earlier call.
    """

    number: int
    state: str
    score: float
    options: dict[str, Any]
    seconds: float = 0.0


@dataclass(frozen=True)
class Tuned:
    """The result of a search.

    Parameters
    ----------
    best : Outcome
        The trial with the highest score, the first of equals.
    config : dict
        Its options with nothing left open, in the form of a configuration file.
    outcomes : list of Outcome
        All trials.
    importance : dict
        How much of the scores' variance each option explains (fANOVA; Hutter, Hoos and
        Leyton-Brown 2014), from the most to the least; empty for too few trials.
    path : Path
        The file with ``config``.
    """

    best: Outcome
    config: Config
    outcomes: list[Outcome]
    importance: dict[str, float]
    path: Path


def tune(
    trainer: Trainer,
    folder: str | Path,
    budget: Budget | None = None,
    *,
    space: Sequence[Tried] = (),
    seed: int = 0,
    report: Callable[[Outcome, Outcome | None], object] | None = None,
) -> Tuned:
    """Search for the options that are best on rows held out of training.

    Parameters
    ----------
    trainer : Trainer
        Trains and scores: a ``PlainTrainer`` or a ``TableTrainer``.
    folder : str or path
        Where the trials are kept; a search that is there goes on.
    budget : Budget, optional
        When to end; after ``TRIALS`` trials if not given.
    space : sequence of Tried, optional
        The options to try; the trainer's usual ones if not given.
    seed : int, default 0
        The same seed draws the same options.
    report : callable, optional
        Told of every trial, and of the best one so far.

    Returns
    -------
    Tuned
        The best options, all trials, and how much each option matters.

    Raises
    ------
    ConfigError
        If there is nothing to try, no trial has finished, or the folder is another search's.

    Examples
    --------
    >>> import tempfile
    >>> from fastavg.tuning.plain_trainer import PlainTrainer
    >>> trainer = PlainTrainer({"epochs": 1, "network": {"hidden": [8]}, "workers": 1})
    >>> with tempfile.TemporaryDirectory() as place:
    ...     found = tune(trainer, f"{place}/digits", Budget(trials=2))
    >>> len(found.outcomes), found.config["network"]["hidden"]
    (2, [8])
    """
    space = tuple(space) or trainer.space()
    if not space:
        raise ConfigError("every option that could be tried is given; name some to try")
    budget, place = budget or Budget(), Path(folder)
    options = moved(trainer.given)
    # Who computes changes no bit.
    options.pop("execution", None)
    identity = {
        "options": options, "rows": data_sha256(options.get("data", {}).get("file")),
        "options to try": [repr(each) for each in space],
        "seed": seed, "score": trainer.figure,
    }
    with open_study(place, identity) as study:
        made = _Search(trainer, space, seed, study, place)
        made.run(budget, report)
        return made.result()


class _Search:
    def __init__(
        self, trainer: Trainer, space: Sequence[Tried], seed: int, study: Any, folder: Path
    ) -> None:
        from optuna.pruners import MedianPruner

        self._trainer, self._space, self._seed = trainer, space, seed
        self._study, self._folder = study, folder
        study.pruner = MedianPruner(STARTS, max(2, trainer.epochs // 5))
        self._outcomes = [
            _outcome(number, trial, space) for number, trial in enumerate(self._ended(), 1)
        ]

    def run(
        self, budget: Budget, report: Callable[[Outcome, Outcome | None], object] | None
    ) -> None:
        ends = time.monotonic() + (math.inf if budget.seconds is None else budget.seconds)
        while len(self._outcomes) < budget.most:
            if self._best() is not None and time.monotonic() >= ends:
                break
            outcome = self._try(ends)
            if outcome is None:
                break
            self._outcomes.append(outcome)
            if self._best() is outcome:
                write_best(self._folder, self._toml(outcome))
            self._write_table()
            if report is not None:
                report(outcome, self._best())

    def result(self) -> Tuned:
        best = self._best()
        if best is None:
            raise ConfigError(
                f"all {len(self._outcomes)} trials diverged; name smaller learning rates to try"
            )
        # A search that was ended between the journal and this file has an older one.
        write_best(self._folder, self._toml(best))
        return Tuned(
            best, self._effective(best), self._outcomes, self._importance(), self._folder / BEST
        )

    def _try(self, ends: float) -> Outcome | None:
        """Carry out one trial; None if time was over before its end."""
        from optuna.samplers import TPESampler
        from optuna.trial import TrialState

        # As many trials that count give the same draw, also after one was broken off.
        key = np.random.SeedSequence([self._seed, len(self._outcomes)]).generate_state(1)[0]
        self._study.sampler = TPESampler(n_startup_trials=STARTS, seed=int(key))
        if not self._outcomes:
            self._enqueue_first()
        trial = self._study.ask({each.name: _distribution(each) for each in self._space})
        config = put_into(self._trainer.given, self._space, trial.params)
        began, late, pruned = time.monotonic(), False, False

        def tell(epoch: int, score: float) -> bool:
            nonlocal late, pruned
            if math.isfinite(score):
                trial.report(score, epoch)
                pruned = pruned or bool(trial.should_prune())
            late = self._best() is not None and time.monotonic() >= ends
            return late or pruned

        try:
            score = self._trainer.score(config, tell)
        except Diverged:
            score = -math.inf
        except BaseException:
            self._study.tell(trial, state=TrialState.FAIL)
            raise
        if late and not pruned:
            self._study.tell(trial, state=TrialState.FAIL)
            return None
        if pruned or not math.isfinite(score):
            trial.set_user_attr("state", PRUNED if pruned else DIVERGED)
            self._study.tell(trial, state=TrialState.PRUNED)
        else:
            self._study.tell(trial, score)
        made = _outcome(len(self._outcomes) + 1, self._ended()[-1], self._space)
        return Outcome(
            made.number, made.state, made.score, made.options, time.monotonic() - began
        )

    def _enqueue_first(self) -> None:
        from optuna.trial import TrialState

        first = {each.name: each.first for each in self._space if each.first is not None}
        if first and not self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            self._study.enqueue_trial(first)

    def _ended(self) -> list[Any]:
        from optuna.trial import TrialState

        states = (TrialState.COMPLETE, TrialState.PRUNED)
        return list(self._study.get_trials(deepcopy=False, states=states))

    def _best(self) -> Outcome | None:
        finished = [each for each in self._outcomes if each.state == FINISHED]
        return max(finished, key=lambda each: each.score, default=None)

    def _effective(self, outcome: Outcome) -> Config:
        # The values stand in the options as a file has them.
        trial = self._ended()[outcome.number - 1]
        return moved(self._trainer.effective(
            put_into(self._trainer.given, self._space, trial.params)
        ))

    def _toml(self, outcome: Outcome) -> str:
        figure = self._trainer.figure
        said = f"# Trial {outcome.number}: {figure} {outcome.score:.6g} on the held-out rows.\n"
        return said + written(self._effective(outcome))

    def _write_table(self) -> None:
        names = [each.name for each in self._space]
        write_table(self._folder, ("trial", "state", self._trainer.figure, *names), [
            (each.number, each.state, "" if math.isnan(each.score) else repr(each.score),
             *(shown(each.options[name]) for name in names))
            for each in self._outcomes
        ])

    def _importance(self) -> dict[str, float]:
        from optuna.importance import FanovaImportanceEvaluator, get_param_importances

        if sum(each.state == FINISHED for each in self._outcomes) < STARTS:
            return {}
        try:
            found = get_param_importances(
                self._study, evaluator=FanovaImportanceEvaluator(seed=self._seed)
            )
        except (RuntimeError, ValueError):
            # All scores are the same: no option matters.
            return {}
        return {name: float(value) for name, value in found.items()}


def _distribution(tried: Tried) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if tried.choices:
        return CategoricalDistribution(tried.choices)
    if tried.whole:
        return IntDistribution(int(tried.low), int(tried.high), log=tried.logarithmic)
    return FloatDistribution(tried.low, tried.high, log=tried.logarithmic)


def _outcome(number: int, trial: Any, space: Sequence[Tried]) -> Outcome:
    finished = trial.value is not None and trial.state.name == "COMPLETE"
    return Outcome(
        number, FINISHED if finished else trial.user_attrs.get("state", PRUNED),
        float(trial.value) if finished else math.nan,
        {each.name: each.value(trial.params[each.name]) for each in space},
    )


def shown(value: Any) -> str:
    """An option's value as ``--set`` takes it.

    Parameters
    ----------
    value : object
        As it stands in a configuration file.

    Returns
    -------
    str
        A list as its values with commas.

    Examples
    --------
    >>> shown([128, 64]), shown(0.001), shown("relu")
    ('128,64', '0.001', 'relu')
    """
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
