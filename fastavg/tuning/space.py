"""What a search tries: options with a range, or with values to choose from."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastavg.errors import ConfigError
from fastavg.options import is_number
from fastavg.plan.configuration import parsed, put
from fastavg.plan.profiles import Config
from fastavg.plan.surfaces import entries

# From this ratio of its ends on, a range is searched by its logarithm.
WIDE = 10
# A range's numbers are rounded to so many digits, so that files of options can be read.
DIGITS = 4


@dataclass(frozen=True)
class Tried:
    """An option that a search tries.

    Parameters
    ----------
    name : str
        Its dotted name, such as ``solver.learning_rate``.
    low, high : float, default 0
        The ends of its range; both count.  Not looked at where there are choices.
    whole : bool, default False
        True for whole numbers alone.
    choices : tuple of str, default ()
        Values to choose from, as ``--set`` takes them; a range if empty.
    first : float or str, optional
        What the first trial has; none is tried first if not given.

    Raises
    ------
    ConfigError
        If the range is empty.

    Examples
    --------
    >>> Tried("regularization.l2", 1e-6, 1.0).logarithmic
    True
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    choices: tuple[str, ...] = ()
    first: float | str | None = None

    def __post_init__(self) -> None:
        if not self.choices and not self.low < self.high:
            raise ConfigError(
                f"{self.name} has the range {self.low:g}..{self.high:g}; the first end must be "
                "below the second"
            )

    @property
    def logarithmic(self) -> bool:
        """True if the range is searched by its logarithm."""
        return self.low > 0 and self.high / self.low >= WIDE

    def value(self, drawn: Any) -> Any:
        """The option's value for what was drawn.

        Parameters
        ----------
        drawn : float or str
            A number of the range, or one of the choices.

        Returns
        -------
        object
            As it stands in a configuration file.

        Examples
        --------
        >>> Tried("network.hidden", choices=("64", "128,64")).value("128,64")
        [128, 64]
        """
        if self.choices:
            return parsed(drawn)
        return int(drawn) if self.whole else float(f"{drawn:.{DIGITS}g}")


def put_into(config: Config, space: Sequence[Tried], drawn: Mapping[str, Any]) -> Config:
    """A configuration with the values that were drawn.

    Parameters
    ----------
    config : dict
        All other options; it is not changed.
    space : sequence of Tried
        What is tried.
    drawn : mapping
        What was drawn for each option, by its name.

    Returns
    -------
    dict
        In the form of a configuration file.

    Examples
    --------
    >>> put_into({"seed": 1}, [Tried("batch_size", 8, 64, whole=True)], {"batch_size": 16})
    {'seed': 1, 'batch_size': 16}
    """
    made = copy.deepcopy(config)
    for each in space:
        put(made, each.name, each.value(drawn[each.name]))
    return made


def read_tried(text: str) -> Tried:
    """An option to try, from ``NAME=LOW..HIGH`` or ``NAME=VALUE|VALUE``.

    Parameters
    ----------
    text : str
        Such as ``solver.learning_rate=1e-4..1e-1`` or ``network.activation=relu|gelu``.

    Returns
    -------
    Tried
        The option.

    Raises
    ------
    ConfigError
        If there is no such option, or the text is neither.

    Examples
    --------
    >>> read_tried("batch_size=8..64").whole, read_tried("solver=adam|sgd").choices
    (True, ('adam', 'sgd'))
    """
    name, equals, values = (part.strip() for part in text.partition("="))
    if not equals:
        raise ConfigError(f"--try is {text!r}; it must be NAME=LOW..HIGH or NAME=VALUE|VALUE")
    # Names that are no option are refused here, and not in the first trial.
    put({}, name, 0)
    if "|" in values:
        choices = tuple(part.strip() for part in values.split("|"))
        return Tried(name, choices=tuple(dict.fromkeys(choices)))
    low, dots, high = (parsed(part.strip()) for part in values.partition(".."))
    if not dots or not (is_number(low) and is_number(high)):
        raise ConfigError(f"--try is {text!r}; it must be NAME=LOW..HIGH or NAME=VALUE|VALUE")
    entry = entries().get(name)
    whole = entry is not None and entry.kind.startswith("int")
    return Tried(name, low, high, whole)


def around(name: str, value: Any, low: float, high: float) -> Tried:
    """A range, widened if need be to hold the value that the first trial has.

    Parameters
    ----------
    name : str
        The option's dotted name.
    value : float
        What is used where nothing is searched for.
    low, high : float
        The ends of the range.

    Returns
    -------
    Tried
        With the value as its first.

    Examples
    --------
    >>> around("regularization.l2", 3.0, 1e-6, 1.0).high
    3.0
    """
    if not is_number(value) or (low > 0 and value <= 0):
        return Tried(name, low, high)
    return Tried(name, min(low, value), max(high, value), first=value)


def among(name: str, value: str, *choices: str) -> Tried:
    """Choices, with the value that the first trial has.

    Parameters
    ----------
    name : str
        The option's dotted name.
    value : str
        What is used where nothing is searched for.
    *choices : str
        Others.

    Returns
    -------
    Tried
        With the value as its first.

    Examples
    --------
    >>> among("network.activation", "tanh", "relu", "gelu").choices
    ('relu', 'gelu', 'tanh')
    """
    return Tried(name, choices=tuple(dict.fromkeys((*choices, value))), first=value)


def batches(n_rows: int, value: int) -> Tried:
    """Batch sizes that leave an epoch of a worker at least eight steps.

    Parameters
    ----------
    n_rows : int
        Training rows of a worker.
    value : int
        The batch size of the first trial.

    Returns
    -------
    Tried
        Powers of two.

    Examples
    --------
    >>> batches(1000, 16).choices
    ('8', '16', '32', '64')
    """
    most = max(8, min(256, n_rows // 8))
    powers = [str(2**power) for power in range(3, int(math.log2(most)) + 1)]
    return among("batch_size", str(value), *powers)
