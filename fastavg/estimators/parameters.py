"""The constructor that both estimators share: scikit-learn's parameters, then every option."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple, cast

from sklearn.base import BaseEstimator

from fastavg.errors import ConfigError
from fastavg.options import Check, whole
from fastavg.plan.profiles import profile
from fastavg.plan.surfaces import Entry, entries

# The order of scikit-learn's constructor; every other option follows.
ORDER = (
    "hidden_layer_sizes", "activation", "solver", "alpha", "batch_size", "learning_rate",
    "learning_rate_init", "power_t", "max_iter", "loss", "shuffle", "random_state", "tol",
    "verbose", "warm_start", "momentum", "nesterovs_momentum", "early_stopping",
    "validation_fraction", "beta_1", "beta_2", "epsilon", "n_iter_no_change", "max_fun",
)
# What is no option of a plan, or has a meaning, a type or a default of its own here.
OWN: dict[str, tuple[Any, str, str]] = {
    "average_every": ("auto", "float, str or 'auto'",
                      "Local epochs between averages, such as 0.25, or steps, such as ``4 steps``; "
                      "'auto' is such a part of an epoch that several workers are averaged about "
                      "every 4 steps and at the end of each epoch, at most 1,000 times an epoch. "
                      "It is one epoch if a rule, a period, another sampling, algorithm or solver "
                      "state, deformed images, gains of averages or other first rounds are asked "
                      "for, and for solvers other than "
                      "sgd, adam, adamw, nadam, rmsprop, adagrad and the Schedule-Free ones."),
    "batch_size": ("auto", "int or 'auto'",
                   "Rows of a step of all workers together; 'auto' is ``min(200, n_rows)``."),
    "learning_rate": ("constant", "str or Schedule",
                      "Course of the learning rate: a schedule's name, or ``line-search`` for sgd, "
                      "which then needs no rate."),
    "learning_rate_init": (1e-3, "float",
                           "Learning rate of one worker; optimizers other than sgd take it times "
                           "the square root of the workers."),
    "loss": ("auto", "str or Loss",
             "Loss function; 'auto' is ``log_loss`` of classes and ``squared_error`` of numbers."),
    "random_state": (None, "int, RandomState or None",
                     "Seeds first weights, samples and held-out rows."),
    "tol": (1e-4, "float",
            "An improvement of loss or score is larger than this; of lbfgs, the largest component "
            "of the gradient at its end."),
    "verbose": (False, "bool", "Write the loss of every epoch to standard output."),
    "validation_fraction": (0.1, "float",
                            "Part of the training rows that early stopping holds out."),
    "warm_start": (False, "bool", "Go on from the last fit's weights."),
    "scoring": (None, "str, callable or None",
                "Scorer of the held-out rows; None is accuracy, or R squared of numbers."),
    "class_weight": (None, "dict, 'balanced' or None", "How much the rows of each class count."),
    "n_members": (1, "int",
                  "Networks that are trained side by side, each from a seed of its own, and whose "
                  "predictions are averaged."),
    "callbacks": ((), "sequence of callable",
                  "Each is called with every "
                  ":class:`fastavg.estimators.callbacks.adapter.Epoch`; True ends training."),
    "dtype": ("auto", "str",
              "Type of numbers in training, ``float32`` or ``float64``; 'auto' is float32, but "
              "float64 for few numbers in float64."),
    "preset": (None, "str or None",
               "A named set of other defaults: ``paper`` trains as the paper does, "
               "``deep-big-simple`` big layers on deformed images; parameters that are given "
               "change parts of it."),
}
# Checks that are stricter here; None leaves a value to whoever reads it.
CHECKS: dict[str, Check | None] = {
    "n_members": whole(1), "max_iter": whole(1), "batch_size": None, "random_state": None,
    "hidden_layer_sizes": None,
}


class Parameter(NamedTuple):
    """One parameter: its default, type and meaning, and the options behind it.

    Parameters
    ----------
    name : str
        Its name in the constructor.
    default : object
        Its default.
    kind : str
        The type of its values, for documentation.
    meaning : str
        What it does, in sentences.
    options : tuple of Entry
        The options of a plan that it sets; empty if it is none.
    """

    name: str
    default: Any
    kind: str
    meaning: str
    options: tuple[Entry, ...] = ()


def declared() -> dict[str, Parameter]:
    """Every parameter by name, in the constructor's order."""
    behind: dict[str, tuple[Entry, ...]] = {}
    for entry in entries().values():
        if entry.about.sklearn:
            behind[entry.about.sklearn] = (*behind.get(entry.about.sklearn, ()), entry)
    names = dict.fromkeys((*ORDER, *behind, *OWN))
    return {name: _parameter(name, behind.get(name, ())) for name in names}


def _parameter(name: str, options: tuple[Entry, ...]) -> Parameter:
    if name in OWN:
        return Parameter(name, *OWN[name], options)
    first = options[0]
    default: Any = profile("scikit-learn")
    for part in first.name.split("."):
        default = default.get(part) if isinstance(default, dict) else None
    if isinstance(default, dict):
        default = default["name"]
    if default is None:
        default = first.default
    meaning = first.meaning
    if first.about.family is not None:
        meaning += f" One of {', '.join(first.choices)}."
    elif members := _members(name, first):
        meaning += f" For {', '.join(members)}."
    kind = first.kind if first.about.family is None else f"str or {first.kind}"
    return Parameter(
        name, tuple(default) if isinstance(default, list) else default, kind, meaning, options
    )


def _members(name: str, option: Entry) -> list[str]:
    # Those whose field has this name in the estimators: the momentum is sgd's alone.
    parent, _, last = option.name.rpartition(".")
    family = entries()[parent].about.family if parent in entries() else None
    return [
        member for member in option.members if family is not None and any(
            each.name == last and each.metadata["option"].sklearn == name
            for each in fields(cast("Any", family.kind(member) or Nothing))
            if "option" in each.metadata
        )
    ]


@dataclass
class Nothing:
    """A class without fields."""


DECLARED = declared()


def constructor(*first: str, **defaults: Any) -> Callable[..., None]:
    """An ``__init__`` that keeps every parameter under its own name, as scikit-learn asks.

    Parameters
    ----------
    *first : str
        Names of those that may be given by position.
    **defaults
        Defaults in place of the declared ones.
    """
    keyword = inspect.Parameter.KEYWORD_ONLY
    order = (*first, *(name for name in DECLARED if name not in first))
    signature = inspect.Signature([
        inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        *(
            inspect.Parameter(
                name, inspect.Parameter.POSITIONAL_OR_KEYWORD if name in first else keyword,
                default=defaults.get(name, DECLARED[name].default),
            )
            for name in order
        ),
    ])

    def __init__(self: object, *values: Any, **named: Any) -> None:  # noqa: N807
        bound = signature.bind(self, *values, **named)
        bound.apply_defaults()
        del bound.arguments["self"]
        vars(self).update(bound.arguments)

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


def documented(kind: Any) -> Any:
    """Decorate an estimator: its docstring gets a section with every parameter.

    Parameters
    ----------
    kind : type
        The estimator's class.
    """
    text = inspect.cleandoc(kind.__doc__ or "")
    signature, tab = inspect.signature(kind.__init__).parameters, " " * 4
    lines = [
        f"{name} : {DECLARED[name].kind}, default {signature[name].default!r}\n"
        + textwrap.fill(DECLARED[name].meaning, 88, initial_indent=tab, subsequent_indent=tab)
        for name in signature if name != "self"
    ]
    section = "Parameters\n----------\n" + "\n".join(lines) + "\n\n"
    place = re.search(r"^\w+\n---+$", text, re.M)
    at = place.start() if place else len(text)
    kind.__doc__ = text[:at] + section + text[at:]
    return kind


class Parameters(BaseEstimator):  # type: ignore[misc]
    """Keeps every parameter under its own name, unchanged."""

    _defaults: ClassVar[dict[str, Any]]

    __init__ = constructor("hidden_layer_sizes", "activation")

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        signature = inspect.signature(cls).parameters
        cls._defaults = {name: each.default for name, each in signature.items()}

    def changed_parameters(self) -> dict[str, Any]:
        """The parameters that have another value than their default."""
        return {
            name: value for name, default in self._defaults.items()
            if not _same(value := getattr(self, name), default)
        }


def check_parameters(estimator: Parameters) -> None:
    """Refuse values that cannot be, by the parameters' own names.

    Parameters
    ----------
    estimator : Parameters
        The estimator, fitted or not.

    Raises
    ------
    ConfigError
        In one sentence: the parameter, its value, what it must be.
    """
    for name, value in estimator.changed_parameters().items():
        options = DECLARED[name].options
        check = CHECKS.get(name, options[0].about.check if options else None)
        given = tuple(value) if isinstance(value, list) else value
        if check is not None and not check.holds(given):
            raise ConfigError(check.refusal(name, value))


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    if isinstance(value, (list, tuple)) and isinstance(default, (list, tuple)):
        return list(value) == list(default)
    plain = isinstance(value, (bool, int, float, str))
    return plain and isinstance(value, bool) == isinstance(default, bool) and value == default
