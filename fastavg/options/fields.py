"""Options: dataclass fields with their check and their other names.

An option is a field of the component that uses it.  Its default stands in the class, its
meaning in the class's docstring; flags, configuration files, the estimators' parameters and
the reference are derived from both in :mod:`fastavg.plan.surfaces`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from fastavg.errors import ConfigError
from fastavg.options.conditions import Check
from fastavg.options.families import Family


@dataclass(frozen=True)
class Option:
    """What a field says of itself as an option.

    Parameters
    ----------
    check : Check, optional
        What a value must be.
    family : Family, optional
        The family whose members' names a value may be.
    flag : str
        Flag of ``fastavg train``; empty if it is set by ``--set`` alone.
    sklearn : str
        Name of the estimators' parameter; empty if they have none.
    unit : str
        Unit of the value.
    help : str
        One sentence for the flag, if the docstring's first does not do.
    """

    check: Check | None = None
    family: Family[Any] | None = None
    flag: str = ""
    sklearn: str = ""
    unit: str = ""
    help: str = ""


NO_OPTION = Option()


def option(default: Any = MISSING, *, factory: Any = MISSING, **about: Any) -> Any:
    """A dataclass field that is an option.

    Parameters
    ----------
    default, factory
        As in :func:`dataclasses.field`.
    **about
        ``check``, what a value must be; ``family``, whose members' names a value may be;
        ``flag``, of ``fastavg train``; ``sklearn``, the name of the estimators' parameter;
        ``unit``; ``help``, one sentence, if the class's docstring has none.
    """
    found = {"option": Option(**about)}
    if factory is not MISSING:
        return field(default_factory=factory, metadata=found)
    return field(default=default, metadata=found)


def check_options(component: Any) -> None:
    """Make names their family's members, and refuse values that cannot be; for __post_init__.

    Parameters
    ----------
    component : object
        An instance of a dataclass with options.

    Raises
    ------
    ConfigError
        In one sentence: the option, its value, what it must be.
    """
    for each_field in fields(component):
        about, name = each_field.metadata.get("option", NO_OPTION), each_field.name
        value = getattr(component, name)
        if about.family is not None and isinstance(value, (str, Mapping)):
            object.__setattr__(component, name, about.family.make(value))
        elif about.check is not None and not about.check.holds(value):
            raise ConfigError(about.check.refusal(name, value))
