"""The search: trials in order, each drawn from what the ones before it have shown.

.. code-block:: text

    draw options (TPE, seed and trial number) --> train --> score of held-out rows
          ^                                         | after every epoch: worse than the median
          |                                         | of the trials so far? then it ends
          '----------- journal in the folder <------'     best.toml, trials.csv

A trial depends on the seed and the trials before it alone, so that a search that was broken off
goes on with the trials that it would have made.  Trials follow one another, and each one has all
processors; or several run side by side, in threads whose kernels hold no lock.  Then a trial
learns from those that were complete when the first of its neighbours could begin, whichever of
them was quicker: with K side by side trial n knows those up to n - K.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastavg.errors import ConfigError
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.options import above, check_options, is_whole, option, optional, whole
from fastavg.plan.configuration import written
from fastavg.plan.profiles import Config
from fastavg.runs.run_data import data_sha256, moved
from fastavg.tuning.contract import Trainer
from fastavg.tuning.space import Tried, put_into
from fastavg.tuning.study_file import BEST, open_study, write_best, write_table
from fastavg.tuning.trial import FINISHED, STARTS, Outcome, outcome_of, run_trial

# Trials of a search that has no limit of its own.
TRIALS = 30


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
    side_by_side: int = 1,
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
        Told of every trial, and of the best one so far, in order.
    side_by_side : int, default 1
        Trials at the same time; another number makes other trials.

    Returns
    -------
    Tuned
        The best options, all trials, and how much each option matters.

    Raises
    ------
    ConfigError
        If there is nothing to try, no trial has finished, or the folder is another search's; or
        ``side_by_side`` is no number of trials.

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
    if not is_whole(side_by_side, 1):
        raise ConfigError(
            f"side_by_side is {side_by_side}; it must be a whole number of at least 1"
        )
    budget, place = budget or Budget(), Path(folder)
    options = moved(trainer.given)
    # Who computes changes no bit.
    options.pop("execution", None)
    identity = {
        "options": options, "rows": data_sha256(options.get("data", {}).get("file")),
        "options to try": [repr(each) for each in space],
        "seed": seed, "score": trainer.figure,
        **({"trials side by side": side_by_side} if side_by_side > 1 else {}),
    }
    with open_study(place, identity) as study:
        made = _Search(trainer, space, seed, study, place)
        made.run(budget, report, side_by_side)
        return made.result()


class _Search:
    def __init__(
        self, trainer: Trainer, space: Sequence[Tried], seed: int, study: Any, folder: Path
    ) -> None:
        self._trainer, self._space, self._seed = trainer, space, seed
        self._study, self._folder = study, folder
        self._outcomes = [
            outcome_of(number, trial, space) for number, trial in enumerate(self._ended(), 1)
        ]

    def run(
        self, budget: Budget, report: Callable[[Outcome, Outcome | None], object] | None,
        side_by_side: int,
    ) -> None:
        ends = time.monotonic() + (math.inf if budget.seconds is None else budget.seconds)

        def over() -> bool:
            return self._best() is not None and time.monotonic() >= ends

        with contextlib.closing(self._trials(budget.most, side_by_side, over)) as trials:
            for found in trials:
                if found is None:
                    break
                outcome = self._keep(*found)
                if report is not None:
                    report(outcome, self._best())

    def _keep(self, trial: Any, seconds: float) -> Outcome:
        self._study.add_trial(trial)
        outcome = outcome_of(len(self._outcomes) + 1, trial, self._space, seconds)
        self._outcomes.append(outcome)
        if self._best() is outcome:
            write_best(self._folder, self._toml(outcome))
        self._write_table()
        return outcome

    def _trials(
        self, most: float, side_by_side: int, over: Callable[[], bool]
    ) -> Generator[tuple[Any, float] | None, None, None]:
        """The trials that are left, in order; each learns from those before its neighbours."""
        number, running, stop = len(self._outcomes), deque[Future[Any]](), threading.Event()

        def start(number: int) -> Future[Any]:
            before = self._ended()[: max(0, number - side_by_side + 1)]
            arguments = (self._trainer, self._space, self._seed, number, before)
            return pool.submit(run_trial, *arguments, lambda: stop.is_set() or over())

        if side_by_side == 1:
            # In this thread, which hears of signals.
            while len(self._outcomes) < most and not over():
                number = len(self._outcomes)
                yield run_trial(
                    self._trainer, self._space, self._seed, number, self._ended(), over
                )
            return
        with ThreadPoolExecutor(side_by_side) as pool, one_blas_thread():
            try:
                while True:
                    while len(running) < side_by_side and number < most and not over():
                        running.append(start(number))
                        number += 1
                    if not running:
                        return
                    yield running.popleft().result()
            finally:
                # After an error or a signal the others end with their epoch.
                stop.set()
                for each in running:
                    each.cancel()

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
