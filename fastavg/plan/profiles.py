"""Profiles: named sets of defaults, as plain dictionaries in the form of a configuration.

``auto`` stands for what :mod:`fastavg.plan.resolve` works out from the facts of a run.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan

Config = dict[str, Any]

# What ``fastavg train`` does unless it is told otherwise.
SHELL: Config = {
    "workers": "auto",
    "average_every": "auto",
    "batch_size": "auto",
    "algorithm": "auto",
    "solver": {"name": "adam", "learning_rate": "auto", "schedule": {"name": "cosine"}},
    "init": "he",
    "network": {"hidden": [256, 128], "activation": "relu", "output": "auto"},
}
# What the estimators do: scikit-learn's defaults wherever it has the parameter.
SCIKIT_LEARN: Config = {
    "epochs": 200,
    "average_every": "auto",
    "batch_size": "auto",
    "algorithm": "auto",
    "solver": {"name": "adam", "learning_rate": 1e-3, "nesterov": True},
    "init": "glorot-biases",
    "dtype": "auto",
    "network": {"hidden": [100], "activation": "relu", "output": "auto"},
}
# "Distributed Neural Networks: A Parallel Approach".
PAPER: Config = {
    "workers": 2,
    "epochs": 500,
    "average_every": 5,
    "batch_size": 0,
    "solver": {"name": "cg"},
    "solver_state": "reset",
    "sampling": {"name": "stratified", "fraction": 0.9},
    "regularization": {"l2": 0.6987},
    "init": "uniform(0, 1)",
    "dtype": "float64",
    "network": {"hidden": [25], "activation": "logistic", "output": "logistic"},
    "data": {"scale": "none"},
}
# "Deep, Big, Simple Neural Nets Excel on Handwritten Digit Recognition" (Ciresan, Meier,
# Gambardella and Schmidhuber 2010): the smallest of its networks.
DEEP_BIG_SIMPLE: Config = {
    "workers": 2,
    "epochs": 600,
    "average_every": 1,
    "batch_size": 64,
    "solver": {"name": "adam", "learning_rate": 1e-3, "schedule": {"name": "cosine"}},
    "augment": {"name": "digits"},
    "init": "he",
    "products": "auto",
    "network": {"hidden": [1000, 500], "activation": "relu", "output": "auto"},
}
PROFILES = {
    "shell": SHELL, "scikit-learn": SCIKIT_LEARN, "paper": PAPER,
    "deep-big-simple": DEEP_BIG_SIMPLE,
}
# Those that a user asks for by name; the others belong to a front end.
PRESETS = ("paper", "deep-big-simple")


def profile(name: str) -> Config:
    """A copy of a profile.

    Parameters
    ----------
    name : str
        One of ``PROFILES``.

    Raises
    ------
    ConfigError
        If the name is unknown.

    Examples
    --------
    >>> profile("paper")["solver"]
    {'name': 'cg'}
    """
    if name not in PROFILES:
        raise ConfigError(f"profile {name!r} is unknown; choose {', '.join(PROFILES)}")
    return copy.deepcopy(PROFILES[name])


def preset_name(name: str) -> str:
    """The name of a preset, if there is one of this name.

    Parameters
    ----------
    name : str
        What a user has asked for.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if name not in PRESETS:
        raise ConfigError(f"preset {name!r} is unknown; choose {', '.join(PRESETS)}")
    return name


def merged(under: Config, over: Config) -> Config:
    """Two configurations as one; where both say something, the second counts.

    Parameters
    ----------
    under : dict
        Options that lose.
    over : dict
        Options that win.
    """
    both = dict(under)
    for name, value in over.items():
        below = both.get(name)
        if isinstance(below, Mapping) and isinstance(value, (str, Mapping)):
            both[name] = merged(dict(below), as_table(value))
        else:
            both[name] = value
    return both


def as_table(value: Any) -> Config:
    """A component as a table: a name, or a member, is a table with a name alone.

    Parameters
    ----------
    value : object
        A table, a name, a member, or None.
    """
    if isinstance(value, Mapping):
        return dict(value)
    return {} if value is None else {"name": value}


@dataclass(frozen=True)
class Preset:
    """Hidden layers, activation and output of a network, and how to train it.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        Units of each hidden layer.
    activation, output : str
        As for :class:`fastavg.Network`.
    plan : Plan
        How to train.
    """

    hidden_layer_sizes: tuple[int, ...]
    activation: str
    output: str
    plan: Plan

    def network(self, inputs: int, outputs: int) -> Network:
        """The network for that many features and classes.

        Parameters
        ----------
        inputs : int
            Features.
        outputs : int
            Classes, or numbers of a target.
        """
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
    return _made("paper", changes)


def deep_big_simple(**changes: Any) -> Preset:
    """Big layers, many passes and images that are deformed anew in each of them.

    Ciresan, Meier, Gambardella and Schmidhuber (2010) reach 0.35 % error on MNIST by nothing
    else.  These are the smallest of their hidden layers, 1000 and 500 units, of relu instead
    of tanh, trained by Adam with a rate that falls along a cosine.  Rows are images of digits
    with values from 0 to 1, their background 0; ``augment`` says how others are deformed.

    Parameters
    ----------
    **changes
        Other values for the plan: workers, epochs, augment, seed, dtype, ...

    Examples
    --------
    >>> made = deep_big_simple(epochs=100)
    >>> made.network(784, 10).layer_sizes, made.plan.augment.rotation
    ((784, 1000, 500, 10), 12.0)
    """
    return _made("deep-big-simple", changes)


def _made(name: str, changes: dict[str, Any]) -> Preset:
    settings = profile(name)
    layers = settings.pop("network")
    settings.pop("data", None)
    output = "softmax" if layers["output"] == "auto" else layers["output"]
    plan = Plan(**{**settings, **changes})
    return Preset(tuple(layers["hidden"]), layers["activation"], output, plan)


def preset(name: str, **changes: Any) -> Preset:
    """The preset of a name, with some of its plan's values changed.

    Parameters
    ----------
    name : str
        One of ``PRESETS``.
    **changes
        Other values for the plan, as for :func:`paper`.

    Raises
    ------
    ConfigError
        If the name is unknown, or a value is impossible.
    """
    return _made(preset_name(name), changes)
