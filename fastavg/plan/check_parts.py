"""Whether the parts of a plan go together."""

from __future__ import annotations

from typing import Any

from fastavg.averaging.moving import PublishedAverage
from fastavg.averaging.periods import PERIODS, FixedPeriod
from fastavg.averaging.reduction import ROUNDED
from fastavg.data.emphasis import Emphasis
from fastavg.errors import ConfigError
from fastavg.solvers import MiniBatch
from fastavg.solvers.schedule_free import ScheduleFree


def check_parts(plan: Any) -> None:
    """Refuse parts that do not go together.

    Parameters
    ----------
    plan : Plan
        Whose options are checked one by one already.

    Raises
    ------
    ConfigError
        In one sentence: which, and what would be right.
    """
    if plan.regularization.active and not isinstance(plan.solver, MiniBatch):
        raise ConfigError(
            "dropout, l1, max_norm, max_change, clip_norm and clip_value go with optimizers "
            f"such as SGD or Adam; {type(plan.solver).__name__} searches along lines"
        )
    if plan.augment.active and not (
        isinstance(plan.solver, MiniBatch) and plan.solver.in_blocks
    ):
        raise ConfigError(
            "augment goes with optimizers such as SGD or Adam, and the solver is "
            f"{type(plan.solver).__name__}"
        )
    if tuple(plan.algorithm.blocks) != ("rounds",):
        _check_averages(plan)
    if plan.rate_scaling not in (0, "none") and not isinstance(plan.solver, MiniBatch):
        raise ConfigError(
            "rate_scaling goes with optimizers such as SGD or Adam, and the solver is "
            f"{type(plan.solver).__name__}"
        )
    if plan.reduction in ROUNDED:
        _check_few_bits(plan)
    if getattr(plan.solver, "by_blocks", False):
        _check_blocks_of_weights(plan)
    if isinstance(plan.solver, ScheduleFree):
        _check_schedule_free(plan)
    if isinstance(plan.sampling, Emphasis) and tuple(plan.algorithm.blocks) != ("rounds",):
        raise ConfigError(
            "sampling is emphasis, which draws rows by the errors of the common weights before "
            f"each round; it goes with local-sgd, not {type(plan.algorithm).__name__}"
        )
    if plan.batch_size and getattr(plan.solver, "whole_sample", False):
        raise ConfigError(
            f"batch_size is {plan.batch_size}; {type(plan.solver).__name__} takes a worker's "
            "whole sample at once, which is batch_size 0"
        )
    if plan.products == "bfloat16" and (why := plan.without_bfloat16):
        raise ConfigError(f"products in bfloat16 {why}; choose products float32 or auto")


def _check_averages(plan: Any) -> None:
    asked = {
        f"period is {PERIODS.name_of(plan.period)}": type(plan.period) is not FixedPeriod,
        f"gain.rows is {plan.gain.rows}": plan.gain.rows > 0,
        "beginning changes the first rounds": plan.beginning.active,
    }
    for what in (text for text, given in asked.items() if given):
        raise ConfigError(f"{what}; that goes with local-sgd, not {type(plan.algorithm).__name__}")


def _check_few_bits(plan: Any) -> None:
    if tuple(plan.algorithm.blocks) != ("rounds",):
        raise ConfigError(
            f"reduction {plan.reduction} rounds what workers have changed in the common "
            f"weights; it goes with local-sgd, not {type(plan.algorithm).__name__}"
        )
    if plan.solver_state == "average" and plan.solver.n_vectors:
        raise ConfigError(
            f"reduction {plan.reduction} is too coarse for the state of an optimizer, and "
            "solver_state is average; choose keep or reset"
        )


def _check_blocks_of_weights(plan: Any) -> None:
    if not plan.algorithm.blocks:
        raise ConfigError(
            "rates, decays, fan_in_power and decay_schedule of the solver go with local-sgd, "
            f"gradient-averaging and post-local-sgd, not {type(plan.algorithm).__name__}"
        )
    if plan.solver.decay_schedule != "constant" and plan.solver_state == "reset":
        raise ConfigError(
            f"decay_schedule is {plan.solver.decay_schedule}, which counts the steps of the whole "
            "run, and solver_state is reset; choose average or keep"
        )


def _check_schedule_free(plan: Any) -> None:
    name, rule = type(plan.solver).__name__, plan.averaging
    if plan.solver_state != "average":
        raise ConfigError(
            f"solver_state is {plan.solver_state}; {name} goes with average, for the model is "
            "made of its averaged state"
        )
    if not plan.algorithm.blocks:
        raise ConfigError(
            f"algorithm is {type(plan.algorithm).__name__}; {name} goes with local-sgd, "
            "gradient-averaging and post-local-sgd"
        )
    if isinstance(rule, PublishedAverage) or rule.keeps_replicas:
        raise ConfigError(
            f"averaging is {type(rule).__name__}; {name} averages its own iterates and goes "
            "with rules that move the center, such as mean or slowmo"
        )
    for bound in ("max_norm", "max_change"):
        if getattr(plan.regularization, bound) is not None:
            raise ConfigError(
                f"{bound} does not bound the mean of iterates that {name} publishes"
            )
