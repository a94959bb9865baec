"""What a run is made of beside its plan: the network's inner layers, and the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastavg.errors import ConfigError
from fastavg.networks.network import OUTPUTS
from fastavg.options import RATE, check_options, is_whole, one_of, option, optional


@dataclass(frozen=True)
class NetworkOptions:
    """The layers between inputs and outputs.

    Parameters
    ----------
    hidden : tuple of int
        Units of each hidden layer, such as 256,128; none for a linear model; ``auto`` in a
        file or a flag: by rows, columns and outputs.
    activation : str
        Activation of the hidden layers: one, or one for each, such as gelu,relu; parametric_relu
        and so on for a trained factor of each unit.
    output : str
        Output of the last layer; ``auto`` fits the kind of target and the loss.
    start_from : str or path, optional
        A model file whose network is trained further; if not given, initial weights are drawn.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> NetworkOptions("16,8").hidden
    (16, 8)
    """

    hidden: tuple[int, ...] = option(
        (256, 128), flag="--hidden", sklearn="hidden_layer_sizes",
        help="Units of each hidden layer, such as 256,128; auto: by rows, columns and outputs",
    )
    activation: str | tuple[Any, ...] = option("relu", flag="--activation", sklearn="activation")
    output: str = option("auto", check=one_of("auto", *OUTPUTS))
    start_from: str | Path | None = option(
        None, flag="--start-from", help="Model file whose network is trained further",
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", whole_numbers("hidden", self.hidden))
        given: Any = self.activation
        if isinstance(given, str) and "," in given:
            given = tuple(name.strip() for name in given.split(","))
        if isinstance(given, (list, tuple)):
            given = tuple(given) if len(given) != 1 else given[0]
        object.__setattr__(self, "activation", given)
        check_options(self)


@dataclass(frozen=True)
class DataOptions:
    """Where rows come from, and what is done to them before training.

    Parameters
    ----------
    file : str or path
        The data file; the 5,000 digits that come with fastavg if not given.
    target : str
        What to predict: a column, an array, or a .npy file beside the one with X.
    kind : str
        Kind of target: ``class``, ``number``; ``auto``: class if all are whole numbers.
    scale : str
        Scaling of features: ``standard``, ``minmax``, ``maxabs``, ``overall`` (one factor for all),
        ``decorrelate`` (principal axes of variance 1), ``none``; ``auto``: standard (sparse rows:
        maxabs, deformed images: overall) unless all lie in [-1, 1].
    test_size : float
        Fraction of the rows that is kept for testing.
    weights : str, optional
        Column with the weight of each row.
    class_weight : str, optional
        ``balanced``: rows are weighted such that all classes have the same total weight.
    validation : str or path, optional
        A file of rows to score after every epoch; training ends with the best weights.
    read_by : str
        Which ranks read the file: ``each``, or ``root``, which sends it to the others.
    rows_from : str
        Where the rows of a table, or of ``partitions``, are during training: in ``memory``, or on
        ``disk``, from which they are read window by window in each epoch (with partitions,
        ``sampling.window`` rows at a time); ``auto``: on disk if a table's Parquet, Arrow or .npy
        files take more than 1 GB and no other option needs memory.

    Raises
    ------
    ConfigError
        If a value is impossible.
    """

    file: str | Path | None = option(None)
    target: str | None = option(None, flag="--target")
    kind: str = option(
        "auto", check=one_of("auto", "class", "number"), flag="--kind",
        help="Kind of target: class, number; auto: class if all are whole numbers",
    )
    scale: str = option(
        "auto",
        check=one_of("auto", "standard", "minmax", "maxabs", "overall", "decorrelate", "none"),
        flag="--scale",
        help="Scaling of features: standard, minmax, maxabs, overall, decorrelate, none; auto: "
        "standard (sparse rows: maxabs, deformed images: overall) unless in [-1, 1]",
    )
    test_size: float = option(0.3, check=RATE, flag="--test-size")
    weights: str | None = option(None, flag="--weights")
    class_weight: str | None = option(
        None, check=optional(one_of("balanced")), flag="--class-weight",
        help="balanced: give all classes the same total weight",
    )
    validation: str | Path | None = option(
        None, flag="--validation", help="File of rows to score after every epoch",
    )
    read_by: str = option("each", check=one_of("each", "root"))
    rows_from: str = option("auto", check=one_of("auto", "memory", "disk"))

    def __post_init__(self) -> None:
        check_options(self)


def whole_numbers(name: str, given: Any) -> tuple[int, ...]:
    """Numbers of units and the like, given as text such as ``256,128`` or as numbers.

    Parameters
    ----------
    name : str
        The option's name, for messages.
    given : str, int or sequence
        Text with commas, a number, or numbers.

    Raises
    ------
    ConfigError
        If it is something else.

    Examples
    --------
    >>> whole_numbers("workers", "2,4"), whole_numbers("hidden", 25)
    ((2, 4), (25,))
    """
    parts = given.split(",") if isinstance(given, str) and given.strip() else given
    if isinstance(parts, str) or not isinstance(parts, Sequence):
        parts = () if isinstance(parts, str) else (parts,)
    try:
        numbers = tuple(int(part) if isinstance(part, str) else part for part in parts)
    except ValueError:
        numbers = (None,)
    if not all(is_whole(number, 0) for number in numbers):
        raise ConfigError(f"{name} is {given!r}; it must be whole numbers such as 256,128")
    return tuple(int(number) for number in numbers)
