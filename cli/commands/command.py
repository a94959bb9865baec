"""A function as a command of its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, get_type_hints

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show where an error arose.", hidden=True)]


def made(function: Callable[..., None], cls: type[Any] | None = None) -> Any:
    """The command that reads a function's options from its signature.

    Every command has ``--debug`` too, which the end of the program looks at.

    Parameters
    ----------
    function : callable
        Runs the command; its parameters are annotated with typer's options and arguments,
        or with a dataclass of such.
    cls : type, optional
        Class of the command; typer's own if None.

    Returns
    -------
    command
        For use in a group.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(cls=cls)(_with_debug(with_fields(function)))
    return typer.main.get_command(app)


def with_fields(function: Callable[..., None]) -> Callable[..., None]:
    """The function with an option for each field of its dataclasses.

    Parameters
    ----------
    function : callable
        Each parameter is an option, an argument, or a dataclass whose fields are options.

    Returns
    -------
    callable
        Takes the options by name.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from typing import Annotated
    >>> import typer
    >>> @dataclass
    ... class Size:
    ...     width: Annotated[int, typer.Option()] = 1
    ...     height: Annotated[int, typer.Option()] = 2
    >>> def area(size: Size):
    ...     print(size.width * size.height)
    >>> with_fields(area)(width=3, height=4)
    12
    """
    groups: dict[str, Any] = {}
    flat: list[inspect.Parameter] = []
    for name, each in inspect.signature(function, eval_str=True).parameters.items():
        if not is_dataclass(each.annotation):
            flat.append(each)
            continue
        groups[name] = each.annotation
        hints = get_type_hints(each.annotation, include_extras=True)
        flat += [
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default,
                annotation=hints[field.name],
            )
            for field in fields(each.annotation)
        ]

    def called(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{
                field.name: values.pop(field.name) for field in fields(group)
                if field.name in values
            })
        function(**values)

    return signed(called, function, flat)


def signed(
    called: Callable[..., None], function: Callable[..., None], parameters: list[inspect.Parameter],
) -> Callable[..., None]:
    """A function that typer takes for another one with other parameters.

    Parameters
    ----------
    called : callable
        Takes the parameters by name.
    function : callable
        Gives its name and its docstring.
    parameters : list of inspect.Parameter
        In the order of the help.

    Returns
    -------
    callable
        ``called`` itself.
    """
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    called.__name__, called.__doc__ = function.__name__, function.__doc__
    return called


def _with_debug(function: Callable[..., None]) -> Callable[..., None]:
    debug = inspect.Parameter(
        "debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Debug
    )

    def called(debug: bool = False, **values: Any) -> None:
        function(**values)

    return signed(called, function, [*inspect.signature(function).parameters.values(), debug])
