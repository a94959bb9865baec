"""Surfaces: every option of a run by its dotted name, and what is derived from that.

The flags of ``fastavg train``, ``--set``, configuration files, the estimators' parameters and
the reference read the same fields and the same docstrings.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, NamedTuple

from fastavg.options import Option
from fastavg.plan.execution import Execution
from fastavg.plan.inputs import DataOptions, NetworkOptions
from fastavg.plan.plan import Plan
from fastavg.plan.table_options import TableOptions

# A line "names : type" of a docstring, and the indented lines below it.
PARAMETER = re.compile(r"^(\w[\w, ]*) : .*\n((?:(?: {4}.*)?(?:\n|\Z))*)", re.M)
SECTIONS = {
    "network": NetworkOptions, "data": DataOptions, "table": TableOptions, "execution": Execution,
}


class Variant(NamedTuple):
    """An option as some members of a family have it.

    Parameters
    ----------
    members : tuple of str
        The members.
    default : object
        The default of their field.
    meaning : str
        From the docstrings of their classes.
    """

    members: tuple[str, ...]
    default: Any
    meaning: str


class Entry(NamedTuple):
    """One option.

    Parameters
    ----------
    name : str
        Its dotted name, such as ``solver.momentum``.
    about : Option
        What its field says of itself.
    kind : str
        The type of its values, as it is written in the class.
    default : object
        The field's default; a member's name for a component.
    meaning : str
        From the class's docstring.
    members : tuple of str
        Members of its component's family that have it; empty if there is no choice.
    variants : tuple of Variant
        Its defaults and meanings, each with the members that share them.
    """

    name: str
    about: Option
    kind: str
    default: Any
    meaning: str
    members: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()

    @property
    def sentence(self) -> str:
        """The first sentence of its meaning."""
        return self.about.help or re.split(r"(?<=[.;])\s", self.meaning)[0].rstrip(";.") + "."

    @property
    def choices(self) -> tuple[str, ...]:
        """Names that a value may be; empty if it is a number or free."""
        if self.about.family is not None:
            return tuple(self.about.family.members)
        return tuple(map(str, self.about.check.choices)) if self.about.check else ()


@cache
def entries() -> dict[str, Entry]:
    """Every option by its dotted name."""
    found: dict[str, Entry] = {}
    _walk(Plan, "", [], found)
    for name, kind in SECTIONS.items():
        _walk(kind, f"{name}.", [], found)
    return found


def _walk(
    kind: Any, prefix: str, members: list[str], found: dict[str, Entry],
    above: tuple[Any, ...] = (),
) -> None:
    texts = meanings(kind)
    for each in fields(kind):
        about = each.metadata.get("option")
        if about is None:
            continue
        name, family = prefix + each.name, about.family
        if family is None or len(family.members) > 1:
            default = each.default if each.default is not MISSING else None
            if each.default_factory is not MISSING:
                default = family.name_of(each.default_factory()) if family else None
            meaning = texts.get(each.name, "")
            made = found.get(name) or Entry(name, about, str(each.type), default, meaning)
            found[name] = made._replace(
                members=_joined(made.members, members),
                variants=_with(made.variants, members, default, meaning),
            )
        kinds: dict[Any, list[str]] = {}
        for choice in family.members if family is not None else ():
            kinds.setdefault(family.kind(choice), []).append(choice)
        for inner, choices in kinds.items():
            # A member may hold another of its own family, whose options are given in a plan.
            if is_dataclass(inner) and family not in above:
                more = choices if len(kinds) > 1 else members
                _walk(inner, f"{name}.", more, found, (*above, family))


def _joined(known: tuple[str, ...], more: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))


def _with(
    known: tuple[Variant, ...], members: list[str], default: Any, meaning: str
) -> tuple[Variant, ...]:
    """The variants with some members added to the one that they share, or to a new one."""
    alike = [(each.default, each.meaning) == (default, meaning) for each in known]
    if not any(alike):
        return (*known, Variant(tuple(members), default, meaning))
    return tuple(
        each._replace(members=_joined(each.members, members)) if same else each
        for each, same in zip(known, alike, strict=True)
    )


@cache
def meanings(kind: type[Any]) -> dict[str, str]:
    """What the docstrings of a class and its bases say of each parameter.

    Parameters
    ----------
    kind : type
        A class whose parameters are documented as NumPy does it.
    """
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        text = inspect.cleandoc(each.__doc__ or "")
        _, _, rest = text.partition("Parameters\n----------\n")
        part = re.split(r"\n\n?\w+\n---+\n", rest)[0]
        for names, body in PARAMETER.findall(part):
            for name in names.split(", "):
                found[name] = " ".join(body.split())
    return found
