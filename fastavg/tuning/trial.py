"""One trial: its options drawn from the trials before it, its epochs judged by them.

A trial is a function of the seed, its number and the trials that were complete when it was
drawn, so that trials may run side by side and still be the same ones again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastavg.errors import Diverged
from fastavg.tuning.contract import Trainer
from fastavg.tuning.space import Tried, put_into

# Trials before the first one is compared with the others' median, or drawn from what they showed.
STARTS = 8
FINISHED, PRUNED, DIVERGED = "finished", "pruned", "diverged"


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


def outcome_of(
    number: int, trial: Any, space: Sequence[Tried], seconds: float = 0.0
) -> Outcome:
    """What became of a trial that Optuna keeps.

    Parameters
    ----------
    number : int
        From 1.
    trial : optuna.trial.FrozenTrial
        As it was kept.
    space : sequence of Tried
        The options that were tried.
    seconds : float, default 0.0
        That it took.
    """
    finished = trial.value is not None and trial.state.name == "COMPLETE"
    return Outcome(
        number, FINISHED if finished else trial.user_attrs.get("state", PRUNED),
        float(trial.value) if finished else math.nan,
        {each.name: each.value(trial.params[each.name]) for each in space}, seconds,
    )


def run_trial(
    trainer: Trainer, space: Sequence[Tried], seed: int, number: int, before: Sequence[Any],
    is_over: Callable[[], bool],
) -> tuple[Any, float] | None:
    """Draw a trial, and carry it out.

    Parameters
    ----------
    trainer : Trainer
        Trains and scores.
    space : sequence of Tried
        The options to try.
    seed : int
        Of the search.
    number : int
        Of the trial, from 0.
    before : sequence of optuna.trial.FrozenTrial
        The trials that it may learn from.
    is_over : callable
        Asked after every epoch; True gives the trial up.

    Returns
    -------
    tuple of FrozenTrial and float, or None
        The trial and the seconds that it took; None if it was given up.
    """
    import optuna
    from optuna.pruners import MedianPruner
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    key = np.random.SeedSequence([seed, number]).generate_state(1)[0]
    study = optuna.create_study(
        sampler=TPESampler(n_startup_trials=STARTS, seed=int(key)),
        pruner=MedianPruner(STARTS, max(2, trainer.epochs // 5)), direction="maximize",
    )
    study.add_trials(before)
    first = {each.name: each.first for each in space if each.first is not None}
    if first and not number:
        study.enqueue_trial(first)
    trial = study.ask({each.name: distribution(each) for each in space})
    config = put_into(trainer.given, space, trial.params)
    began, over, pruned = time.monotonic(), False, False

    def tell(epoch: int, score: float) -> bool:
        nonlocal over, pruned
        if math.isfinite(score):
            trial.report(score, epoch)
            pruned = pruned or bool(trial.should_prune())
        over = over or is_over()
        return over or pruned

    try:
        score = trainer.score(config, tell)
    except Diverged:
        score = -math.inf
    if over and not pruned:
        return None
    if pruned or not math.isfinite(score):
        trial.set_user_attr("state", PRUNED if pruned else DIVERGED)
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, score)
    return study.get_trials(deepcopy=False)[-1], time.monotonic() - began


def distribution(tried: Tried) -> Any:
    """What Optuna draws an option from.

    Parameters
    ----------
    tried : Tried
        The option.
    """
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
