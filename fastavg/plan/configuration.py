"""Configurations: options as nested tables, put together from names and from TOML files."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from fastavg.errors import ConfigError, DataError
from fastavg.options import Family
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import Config
from fastavg.plan.surfaces import entries

ALIASES = {"optimizer": "solver"}


def assign(config: Config, assignment: str) -> None:
    """Put ``NAME=VALUE`` into a configuration.

    Parameters
    ----------
    config : dict
        The configuration, which is changed.
    assignment : str
        ``NAME=VALUE``, with a value as :func:`parsed` reads it.

    Raises
    ------
    ConfigError
        If there is no such option.

    Examples
    --------
    >>> config = {}
    >>> assign(config, "optimizer.beta_1=0.95")
    >>> config
    {'solver': {'beta_1': 0.95}}
    """
    name, equals, text = assignment.partition("=")
    if not equals:
        raise ConfigError(f"--set is {assignment!r}; it must be NAME=VALUE")
    put(config, name.strip(), parsed(text.strip()))


def put(config: Config, name: str, value: Any) -> None:
    """Put a value under a dotted name; the name of an option that is a component names it.

    Parameters
    ----------
    config : dict
        The configuration, which is changed.
    name : str
        A dotted name, such as ``solver.momentum``.
    value : object
        The value, as it would stand in a file.

    Raises
    ------
    ConfigError
        If there is no such option.
    """
    first, _, rest = name.partition(".")
    name = f"{ALIASES.get(first, first)}.{rest}" if rest else ALIASES.get(first, first)
    entry = entries().get(name)
    if entry is None and entries().get(name.removesuffix(".name")) is None:
        near = difflib.get_close_matches(name, entries(), 1) or [
            each for each in entries() if each.rpartition(".")[2] == name
        ]
        hint = f"; did you mean {near[0]}?" if near else "; docs/reference/options.md has them all"
        raise ConfigError(f"option {name!r} is unknown{hint}")
    *tables, last = name.split(".")
    if entry is not None and entry.about.family is not None and not isinstance(value, Mapping):
        tables, last = [*tables, last], "name"
    for table in tables:
        inner = config.setdefault(table, {})
        if not isinstance(inner, dict):
            inner = config[table] = {"name": inner}
        config = inner
    config[last] = value


def parsed(text: str) -> Any:
    """A value as TOML reads it; numbers with commas are a list, anything else is text.

    Parameters
    ----------
    text : str
        What stands behind the equals sign.

    Examples
    --------
    >>> parsed("0.5"), parsed("0.1,0.2"), parsed("true"), parsed("relu")
    (0.5, [0.1, 0.2], True, 'relu')
    """
    for form in (text, f"[{text}]"):
        try:
            return tomllib.loads(f"value = {form}")["value"]
        except tomllib.TOMLDecodeError:
            continue
    return text


def read_config(path: str | Path) -> Config:
    """The configuration in a TOML file; every name in it is an option.

    Parameters
    ----------
    path : str or path
        The file.

    Raises
    ------
    DataError
        If the file cannot be read, or is no TOML.
    ConfigError
        If a name is no option.
    """
    try:
        with open(path, "rb") as file:
            found = tomllib.load(file)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None
    config: Config = {}
    for name, value in _flat(found, ""):
        put(config, name, value)
    return config


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in table.items():
        inner = isinstance(value, Mapping)
        pairs += _flat(value, f"{prefix}{name}.") if inner else [(prefix + name, value)]
    return pairs


def written(config: Config) -> str:
    """A configuration as the text of a TOML file.

    Parameters
    ----------
    config : dict
        Options as nested tables.
    """
    import tomli_w

    return tomli_w.dumps(config)


def configuration(plan: Plan, **sections: Any) -> Config:
    """All options of a plan and of other parts of a run, as a configuration.

    Parameters
    ----------
    plan : Plan
        How to train.
    **sections
        ``network``, ``data``, ``execution``.

    Raises
    ------
    ConfigError
        If a part of the plan has no name, such as a loss of one's own.
    """
    return {**options_of(plan), **{name: options_of(part) for name, part in sections.items()}}


def options_of(component: Any, family: Family[Any] | None = None) -> Config:
    """All options of a component, as a configuration.

    Parameters
    ----------
    component : object
        An instance of a dataclass with options.
    family : Family, optional
        The family of which it is a member.

    Raises
    ------
    ConfigError
        If a part of it has no name.
    """
    named = family is not None and len(family.members) > 1
    table: Config = {"name": family.name_of(component)} if family and named else {}
    tables: Config = {}
    for each in fields(component):
        about, value = each.metadata.get("option"), getattr(component, each.name)
        if about is None or value is None:
            continue
        if is_dataclass(value):
            tables[each.name] = options_of(value, about.family)
        elif isinstance(value, tuple):
            # The parts of a composition are members of its own family.
            table[each.name] = [options_of(part, family) if is_dataclass(part) else part
                                for part in value]
        elif isinstance(value, (bool, int, float, str)):
            table[each.name] = value
        else:
            table[each.name] = str(value)
    return {**table, **tables}
