"""Families: the components of one kind, by name, each declared where it lives."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import Any, Generic, TypeVar, cast

from fastavg.errors import ConfigError

M = TypeVar("M")
Made = TypeVar("Made", bound=Callable[..., Any])
# Types of these modules are values, never components.
PLAIN = ("builtins", "numpy")


class Family(Generic[M]):
    """The members of one kind of component, by name.

    Parameters
    ----------
    what : str
        What a member is called in messages.
    package : str
        Every module of this package may declare members; they are imported when somebody
        asks for them.  None if it is empty.
    """

    def __init__(self, what: str, package: str = "") -> None:
        self.what, self._package = what, package
        self._members: dict[str, Callable[..., M]] = {}

    def member(self, name: str) -> Callable[[Made], Made]:
        """Decorate a class: it is a member with that name.

        Parameters
        ----------
        name : str
            What options call the member.
        """
        def keep(made: Made) -> Made:
            self._members[name] = made
            return made

        return keep

    @property
    def members(self) -> dict[str, Callable[..., M]]:
        """What makes each member, by name."""
        if self._package:
            folder, self._package = import_module(self._package), ""
            for module in pkgutil.iter_modules(folder.__path__):
                import_module(f"{folder.__name__}.{module.name}")
        return self._members

    def make(self, given: Any) -> M:
        """The member of a name, or of a mapping with ``name`` and options; a member is itself.

        Parameters
        ----------
        given : str, mapping or member
            A name, a table with ``name`` and options, or a member.

        Raises
        ------
        ConfigError
            If there is no such member, or it has no such option.
        """
        if not isinstance(given, (str, Mapping)):
            if given is not None and type(given).__module__ in PLAIN:
                names = ", ".join(self.members)
                raise ConfigError(f"{self.what} is {given!r}; choose {names}, or pass an object")
            member: M = given
            return member
        options = dict(given) if isinstance(given, Mapping) else {"name": given}
        name = options.pop("name", None) or next(iter(self.members))
        if not isinstance(name, str):
            # A member in the place of its name.
            return self.make(name)
        if name not in self.members:
            names = ", ".join(self.members)
            raise ConfigError(f"{self.what} {name!r} is unknown; choose {names}")
        maker = self.members[name]
        if options:
            known = _options_of(maker)
            for strange in options.keys() - set(known):
                has = f"it has {', '.join(known)}" if known else "it has none"
                raise ConfigError(f"{self.what} {name} has no option {strange!r}; {has}")
        return maker(**options)

    def kind(self, name: str) -> type[Any] | None:
        """The class of a member; None if the name is unknown.

        Parameters
        ----------
        name : str
            A member's name.
        """
        made = self.members.get(name)
        kind: type[Any] | None = cast("Any", made.func if isinstance(made, partial) else made)
        return kind

    def name_of(self, member: M) -> str:
        """The name that makes a member, its options aside.

        Parameters
        ----------
        member : object
            A member of the family.
        """
        for name, made in self.members.items():
            if self.kind(name) is type(member) and all(
                getattr(member, option) == value for option, value in fixed(made).items()
            ):
                return name
        raise ConfigError(f"{self.what} {type(member).__name__} has no name; it cannot be written")


@cache
def _options_of(maker: Callable[..., Any]) -> tuple[str, ...]:
    # To read a signature takes longer than to make a member, and every fit makes several.
    own = inspect.signature(maker).parameters
    return tuple(name for name in own if name not in fixed(maker))


def fixed(made: Callable[..., Any]) -> dict[str, Any]:
    """The options that a member's name decides, such as the ``squared`` of squared_hinge.

    Parameters
    ----------
    made : callable
        What makes a member: a class, or a partial of one.
    """
    return made.keywords if isinstance(made, partial) else {}
