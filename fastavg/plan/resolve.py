"""From options to a plan and a network: what ``auto`` means, said once.

.. code-block:: text

    profiles (shell, scikit-learn, paper) --> what the solver needs --> given options
                                                                             |
    facts (rows, outputs, kind, CPUs) ----------> auto ----------------------'
                                                   |
                                        Plan, NetworkOptions, Network
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from fastavg.data.targets import NUMBERS
from fastavg.errors import ConfigError
from fastavg.losses import LOSSES, Loss
from fastavg.networks.network import Network
from fastavg.options import Family, is_number
from fastavg.plan.algorithm import ALGORITHMS, PlannedAlgorithm
from fastavg.plan.default_period import period_for
from fastavg.plan.hidden_layers import hidden_for
from fastavg.plan.inputs import NetworkOptions
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import Config, as_table, merged, profile

# One worker's rate, and the largest.  It grows with the square root of the workers,
# whose averaged step is less noisy, up to where training is no longer steady.
RATES = {
    "sgd": (0.05, 0.2), "adam": (1.6e-3, 8e-3), "adamw": (1.6e-3, 8e-3), "nadam": (1.6e-3, 8e-3),
    "rmsprop": (1e-3, 4e-3), "adagrad": (1e-2, 4e-2),
    "schedule-free-sgd": (0.3, 0.5), "schedule-free-adamw": (2.5e-3, 8e-3),
}
# Small data needs small steps, or there are too few of them.
SMALLEST, LARGEST, STEPS = 8, 32, 400
# Steps of a worker in a whole run, below which one more of them costs quality: what the mean
# gains in noise it loses in steps (docs/guide/sharp-bits.md).
ENOUGH_STEPS = 4000
# Rows of a worker that takes its whole sample at once.
ENOUGH_ROWS = 256
# scikit-learn's batch, of all workers together.
SHARED_BATCH = 200
# Arrays of float64 with so few numbers are trained on as they are: it costs nothing.
FEW_NUMBERS = 10_000
# What a solver works with unless it is told otherwise.
NEEDS: dict[str, Config] = {
    **{
        name: {"solver": {"schedule": {"name": "constant"}}}
        for name in ("schedule-free-sgd", "schedule-free-adamw")
    },
    "cg": {"batch_size": 0},
    "lbfgs": {
        "batch_size": 0, "average_every": 1, "algorithm": "lbfgs", "solver_state": "reset",
        "dtype": "float64",
        "sampling": {"name": "shards", "shuffle": False},
    },
}
OUTPUTS_FOR = {
    "class": ("softmax", "margin"), "binary": ("logistic", "margin"),
    "labels": ("logistic", "margin"), "number": ("identity", "exponential"),
}


class Facts(NamedTuple):
    """What is known of a run before it is planned.

    Parameters
    ----------
    rows, features, outputs : int
        Training rows, columns of X, units of the last layer.
    kind : str
        Kind of target: ``class``, ``binary`` (two classes, one output), ``labels`` (each
        output is a yes or no of its own) or ``number``.
    dtype : str
        Of the features as they came.
    cpus : int
        Usable CPUs of all ranks together.
    ranks : int
        Ranks that train together.
    """

    rows: int
    features: int
    outputs: int
    kind: str
    dtype: str = "float32"
    cpus: int = 1
    ranks: int = 1


@dataclass(frozen=True)
class Resolved:
    """A plan, and the network that goes with it; nothing in them is ``auto``.

    Parameters
    ----------
    plan : Plan
        How to train.
    layers : NetworkOptions
        The network's inner layers and its output.
    network : Network
        The network for the facts' features and outputs.
    """

    plan: Plan
    layers: NetworkOptions
    network: Network


def resolve(given: Config, facts: Facts, *profiles: str) -> Resolved:
    """The plan and the network that options describe.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file: they win over every profile.
    facts : Facts
        What is known of the run.
    *profiles : str
        Names of profiles; later ones win over earlier ones.

    Raises
    ------
    ConfigError
        If an option is unknown, a value impossible, or loss and target do not go together.

    Examples
    --------
    >>> made = resolve({}, Facts(50_000, 400, 10, "class", cpus=4), "shell")
    >>> made.plan.workers, made.plan.batch_size, made.plan.solver.learning_rate
    (4, 32, 0.0032)
    >>> resolve({}, Facts(105, 4, 3, "class", cpus=192), "shell").plan.workers
    1
    """
    config = layered(given, *profiles)
    layers = dict(config.pop("network", {}))
    if layers.get("hidden") == "auto":
        layers["hidden"] = hidden_for(facts.rows, facts.features, facts.outputs)
    for other in ("data", "table", "execution"):
        config.pop(other, None)
    known = {each.name for each in fields(Plan)}
    for name in config.keys() - known:
        raise ConfigError(f"option {name!r} is unknown; a plan has {', '.join(sorted(known))}")
    if config.get("batch_size") == "auto":
        config["batch_size"] = min(max(facts.rows // STEPS, SMALLEST), LARGEST)
    if config.get("workers") == "auto":
        config["workers"] = workers_for(
            facts, config.get("batch_size", Plan.batch_size), config.get("epochs", Plan.epochs)
        )
    workers = config.get("workers", 1)
    # Where the plan says how the rate grows with the workers, auto is one worker's.
    alone = config.get("rate_scaling", "none") != "none"
    config["solver"] = _solver(
        as_table(config.get("solver", "adam")), 1 if alone else workers
    )
    config["algorithm"] = algorithm_for(config.get("algorithm", "auto"))
    if config.get("average_every") == "auto":
        config["average_every"] = period_for(given, config, facts.rows)
    if config.get("dtype") == "auto":
        few = facts.dtype == "float64" and facts.rows * facts.features <= FEW_NUMBERS
        config["dtype"] = "float64" if few else "float32"
    plan = Plan(**config)
    options = NetworkOptions(**layers)
    output = output_for(plan.loss, facts.kind, options.output)
    sizes = (facts.features, *options.hidden, facts.outputs)
    return Resolved(
        plan, replace(options, output=output),
        Network(sizes, options.activation, output),
    )


def layered(given: Config, *profiles: str) -> Config:
    """The options of profiles, of what the solver needs, and given ones, in this order.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    *profiles : str
        Names of profiles; later ones win over earlier ones.
    """
    config: Config = {}
    chosen = as_table(given.get("solver", {})).get("name")
    for name in profiles:
        layer = profile(name)
        if chosen is not None and as_table(layer.get("solver", {})).get("name") != chosen:
            # The batch and the state that a profile gives its solver are not another's.
            for own in ("batch_size", "solver_state"):
                if layer.get(own) != "auto":
                    layer.pop(own, None)
        config = merged(config, layer)
    solver = as_table(config.get("solver", {})).get("name") if chosen is None else chosen
    if isinstance(solver, str):
        config = merged(config, NEEDS.get(solver, {}))
    config = merged(config, given)
    for each in fields(Plan):
        family = each.metadata["option"].family
        if family is not None and isinstance(config.get(each.name), Mapping):
            config[each.name] = _fitting(config[each.name], as_table(given.get(each.name)), family)
    return config


def _fitting(table: Config, given: Config, family: Family[Any]) -> Config:
    # Without what a profile gave for another member; what was given itself stays, to be judged.
    made = family.kind(str(table.get("name", next(iter(family.members)))))
    known = {each.name: each.metadata.get("option") for each in fields(made)} if made else {}
    kept = {
        name: value for name, value in table.items()
        if name in known or name in given or name == "name"
    }
    for name, about in known.items():
        if about is not None and about.family is not None and isinstance(kept.get(name), Mapping):
            kept[name] = _fitting(kept[name], as_table(given.get(name)), about.family)
    return kept


def _solver(table: Config, workers: Any) -> Any:
    name, rate = table.get("name", "adam"), table.get("learning_rate")
    if rate == "line-search":
        if name != "sgd":
            raise ConfigError(f"learning_rate line-search goes with sgd, not {name}")
        return {"name": "line-search"}
    if rate == "auto":
        table.pop("learning_rate")
        if name in RATES:
            table["learning_rate"] = rate_for(name, workers)
    elif isinstance(rate, str):
        raise ConfigError(
            f"learning_rate is {rate!r}; it must be a positive number or line-search"
        )
    return table


def algorithm_for(asked: Any) -> PlannedAlgorithm:
    """The algorithm of a configuration's value; ``auto`` is the first with the options given.

    Parameters
    ----------
    asked : str, mapping or Algorithm
        A name, or a table with a name and options.

    Examples
    --------
    >>> algorithm_for("auto")
    LocalSGD()
    """
    table = as_table(asked)
    if table.get("name", "auto") == "auto":
        options = table.keys() - {"name"}
        # An option that is given says whose it is.
        table["name"] = next(
            (
                name for name in ALGORITHMS.members
                if options <= {each.name for each in fields(ALGORITHMS.kind(name) or Resolved)}
            ),
            "local-sgd",
        )
    return ALGORITHMS.make(table)


def workers_for(facts: Facts, batch_size: Any, epochs: Any) -> int:
    """Workers that cost no quality: one for each CPU, as long as each has enough to do.

    Parameters
    ----------
    facts : Facts
        Rows and usable CPUs.
    batch_size : int
        Rows of a worker's step; 0 is its whole sample.
    epochs : float
        Passes over the rows.

    Examples
    --------
    >>> workers_for(Facts(1_000_000, 50, 2, "class", cpus=64), 32, 20)
    64
    >>> workers_for(Facts(3500, 400, 10, "class", cpus=64), 8, 20)
    2
    """
    if not (is_number(batch_size) and is_number(epochs)):
        # Whatever they are, the plan will refuse them.
        return 1
    if batch_size < 1:
        enough = facts.rows // ENOUGH_ROWS
    else:
        enough = int(min(epochs * facts.rows / (batch_size * ENOUGH_STEPS), facts.rows))
    return max(1, min(facts.cpus, enough))


def rate_for(name: str, workers: Any) -> float:
    """The learning rate of an optimizer for so many workers.

    Parameters
    ----------
    name : str
        The optimizer's name, one of ``RATES``.
    workers : int
        Replicas that are averaged.

    Examples
    --------
    >>> rate_for("adam", 4), rate_for("adam", 100)
    (0.0032, 0.008)
    """
    least, most = RATES[name]
    return min(least * math.sqrt(max(workers, 1) if is_number(workers) else 1), most)


def output_for(loss: Loss | None, kind: str, asked: str = "auto") -> str:
    """The output of a network for a kind of target and a loss.

    Parameters
    ----------
    loss : Loss or None
        The plan's loss; None goes with any output.
    kind : str
        Kind of target, as for :class:`Facts`.
    asked : str
        The output that is preferred; ``auto`` for none.

    Raises
    ------
    ConfigError
        If the loss is for another kind of target.

    Examples
    --------
    >>> output_for(None, "class"), output_for(LOSSES.make("hinge"), "class")
    ('softmax', 'margin')
    """
    fitting: tuple[str, ...] = OUTPUTS_FOR[kind]
    if asked != "auto" and (asked in NUMBERS) == (kind == "number"):
        fitting = (asked, *fitting)
    for output in fitting:
        if loss is None or output in loss.outputs:
            return output
    assert loss is not None
    name = next((name for name, made in LOSSES.members.items() if made is type(loss)), None)
    kinds = "numbers" if loss.outputs[0] in NUMBERS else "classes"
    taken = "numbers" if kind == "number" else "classes"
    raise ConfigError(
        f"loss {name or type(loss).__name__} is for {kinds}; the target is taken for {taken}"
    )
