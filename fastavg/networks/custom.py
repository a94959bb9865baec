"""What users write themselves: a value and its derivative, as scalar functions of numba's."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fastavg.errors import ConfigError


@dataclass(frozen=True, eq=False, repr=False)
class Custom:
    """A custom function with its derivative; two of the same name and code are equal.

    Parameters
    ----------
    value : function of numba.njit
        The function.
    derivative : function of numba.njit
        Its derivative.
    name : str, default ''
        What files call it; the name of ``value`` by default.

    Raises
    ------
    ConfigError
        If one of them is missing, is not compiled by numba, takes or gives something other
        than numbers, or cannot be sent to another process.
    """

    value: Any
    derivative: Any = None
    name: str = ""
    digest: str = field(init=False, default="")
    arguments: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        from fastavg.kernels.jit.code_digest import digest
        from fastavg.kernels.user_functions import is_compiled_function, trouble

        kind, needed = type(self).__name__, f"({', '.join(self.arguments)})"
        for part in ("value", "derivative"):
            function = getattr(self, part)
            if function is None:
                raise ConfigError(
                    f"{kind} has no {part}; give both value{needed} and derivative{needed} as "
                    "functions with the decorator numba.njit"
                )
            if not is_compiled_function(function):
                raise ConfigError(
                    f"the {part} of {kind} is a {type(function).__name__}; it must be a function "
                    "with the decorator numba.njit"
                )
            wrong = trouble(function, len(self.arguments))
            if wrong:
                raise ConfigError(f"the {part}{needed} of {kind} cannot be used: {wrong}")
            try:
                pickle.dumps(function)
            except Exception as error:
                raise ConfigError(
                    f"the {part} of {kind} cannot be sent to other processes: {error}"
                ) from None
        object.__setattr__(self, "name", self.name or self.value.__name__)
        object.__setattr__(self, "digest", digest(self.value, self.derivative))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Custom) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, code {self.digest})"

    def as_dict(self) -> dict[str, str]:
        """Its name, and what its code is known by, for files."""
        return {"custom": self.name, "code": self.digest}


@dataclass(frozen=True, eq=False, repr=False)
class CustomActivation(Custom):
    """An activation that you write: two functions of one number, compiled by numba.

    They run inside loops that the training kernels call.  ``exp``, ``expm1`` and ``tanh`` of
    NumPy and ``math`` give way to forms that vectorise; ``type(z)(1)`` is a 1 of the training
    dtype, which keeps float32 arithmetic in float32.

    Parameters
    ----------
    value : function of numba.njit
        ``value(z)``.
    derivative : function of numba.njit
        ``derivative(z)``, its derivative.
    name : str
        What files call it; the name of ``value`` if not given.

    Raises
    ------
    ConfigError
        If a function is missing or cannot be compiled.

    Examples
    --------
    >>> import numba
    >>> from fastavg import CustomActivation, Network
    >>> @numba.njit
    ... def square(z):
    ...     return z * z
    >>> @numba.njit
    ... def derivative(z):
    ...     return 2 * z
    >>> Network((4, 3, 2), activation=CustomActivation(square, derivative)).activation.name
    'square'
    """

    arguments: ClassVar[tuple[str, ...]] = ("z",)

    def address(self, dtype: Any) -> int:
        """Address of its compiled stage in this process.

        Parameters
        ----------
        dtype : dtype
            float32 or float64.
        """
        from fastavg.kernels.user_functions import activation_stage

        return activation_stage(self.value, self.derivative).address(dtype)
