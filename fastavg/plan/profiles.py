"""Presets: a network and a plan that belong together, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastavg.data.sampling_schemes import Stratified
from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.solvers import ConjugateGradient, Regularization


@dataclass(frozen=True)
class Preset:
    """Hidden layers, activation and output of a network, and how to train it."""

    hidden_layer_sizes: tuple[int, ...]
    activation: str
    output: str
    plan: Plan

    def network(self, inputs: int, outputs: int) -> Network:
        """The network for that many features and classes."""
        return Network((inputs, *self.hidden_layer_sizes, outputs), self.activation, self.output)


def paper(**changes: Any) -> Preset:
    """What "Distributed Neural Networks: A Parallel Approach" trains, and how.

    Logistic units, binary cross-entropy for each output, weights and biases uniform in
    [0, 1], L2 penalty 0.6987; every worker draws 90 % of the rows (of every class), makes
    five line searches of conjugate gradients on them, and all are averaged.  The size of
    the hidden layer is not given in the paper; 25 units are a common choice for these
    digits.  ``sampling=Resample(0.9)`` draws without regard to the classes.

    Parameters
    ----------
    **changes
        Other values for the plan: workers, epochs, seed, dtype, ...

    Examples
    --------
    >>> made = paper(workers=4)
    >>> made.network(400, 10).layer_sizes, made.plan.n_rounds
    ((400, 25, 10), 100)
    """
    settings: dict[str, Any] = {
        "workers": 2, "epochs": 500, "average_every": 5, "batch_size": 0,
        "solver": ConjugateGradient(), "solver_state": "reset",
        "sampling": Stratified(0.9), "regularization": Regularization(0.6987),
        "init": "uniform(0, 1)", "dtype": "float64",
    }
    return Preset((25,), "logistic", "logistic", Plan(**{**settings, **changes}))


PRESETS: dict[str, Callable[..., Preset]] = {"paper": paper}


def preset(name: str, **changes: Any) -> Preset:
    """The preset of a name, with some of its plan's values changed.

    Raises
    ------
    ConfigError
        If the name is unknown, or a value is impossible.
    """
    if name not in PRESETS:
        raise ConfigError(f"preset {name!r} is unknown; choose {', '.join(PRESETS)}")
    return PRESETS[name](**changes)
