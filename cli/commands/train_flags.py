"""The flags of ``fastavg train``: a short list, derived from the options' fields."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from fastavg.plan.configuration import parsed, put
from fastavg.plan.profiles import Config, profile
from fastavg.plan.surfaces import Entry, entries

from .command import signed

PANELS = (
    "Data", "Network", "Training", "Averaging", "Regularisation", "Machine", "Output",
)
PLACES = {
    "data": "Data", "table": "Data", "network": "Network", "loss": "Network",
    "workers": "Averaging", "average_every": "Averaging", "averaging": "Averaging",
    "sampling": "Averaging",
    "regularization": "Regularisation", "execution": "Machine",
}
TYPES = {"int": int, "float": float, "bool": bool}
# Other names that a flag has always had, and values that are no number.
SYNONYMS = {"--l2": ("--alpha",)}
TEXT = ("solver.learning_rate",)
# Whole numbers that a measurement may choose.
MEASURED = ("workers",)
# Flags that only tables have: docs/how-to/tables lists them, and the help keeps to forty.
TABLES_ONLY = (
    "--members", "--features", "--ignore", "--categorical", "--id", "--weights", "--group",
    "--columns", "--test", "--cv", "--threshold", "--bad-rows",
)
# Flags that few runs need: docs/how-to/command-line lists them.
RARE = (
    "--augment", "--communicator", "--rendezvous", "--rank", "--size", "--key-file",
    "--checkpoint-every", "--patience", "--products", "--split-layers", "--start-from",
)
HIDDEN = (*TABLES_ONLY, *RARE)
RENAMED = {"--data-from": "data.read_by"}


def flags() -> dict[str, Entry]:
    """The options with a flag, by the flag."""
    return {entry.about.flag: entry for entry in entries().values() if entry.about.flag}


def with_flags(function: Callable[..., None]) -> Callable[..., None]:
    """The function with a parameter for every flag; it gets their values by the options' names.

    Its own parameters stay; those that are not given are left out.

    Parameters
    ----------
    function : callable
        Runs the command; takes ``config``, the given options by section and name.

    Returns
    -------
    callable
        Takes keyword arguments only, in the order of the help panels.
    """
    own = list(inspect.signature(function, eval_str=True).parameters.values())
    derived = {entry.name.replace(".", "__"): entry for entry in flags().values()}
    added = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None,
            annotation=Annotated[_type(entry) | None, _option(entry)],
        )
        for name, entry in derived.items()
    ]
    kept = [each for each in own if each.kind is not inspect.Parameter.VAR_KEYWORD]

    def called(**values: Any) -> None:
        config: Config = {}
        for name, entry in derived.items():
            if (value := values.pop(name, None)) is not None:
                put(config, entry.name, value if _is_text(entry) else parsed_value(value))
                _choose(config, entry)
        function(config=config, **values)

    kept = [each for each in kept if each.name != "config"]
    return signed(called, function, sorted((*kept, *added), key=_panel))


def _choose(config: Config, entry: Entry) -> None:
    # A flag that one member of a family alone has also chooses it, unless another is named.
    if len(entry.members) == 1:
        config[entry.name.partition(".")[0]].setdefault("name", entry.members[0])


def parsed_value(value: Any) -> Any:
    """A flag's value: text is read as in ``--set``.

    Parameters
    ----------
    value : object
        As typer hands it over.

    Returns
    -------
    object
        A number, a truth value, a list or text for text; anything else as it is.
    """
    return parsed(value) if isinstance(value, str) else value


def whole_or_auto(text: str) -> int | str:
    """A whole number, or ``auto``.

    Parameters
    ----------
    text : str
        What stands behind the flag.

    Raises
    ------
    typer.BadParameter
        If it is neither.

    Examples
    --------
    >>> whole_or_auto("8"), whole_or_auto("auto")
    (8, 'auto')
    """
    if text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a whole number nor auto") from None


def _is_text(entry: Entry) -> bool:
    return entry.kind.startswith("str")


def _type(entry: Entry) -> Any:
    if entry.name in (*TEXT, *MEASURED):
        return str
    return TYPES.get(entry.kind.removesuffix(" | None"), str)


def _option(entry: Entry) -> Any:
    return typer.Option(
        entry.about.flag, *SYNONYMS.get(entry.about.flag, ()), help=_help(entry),
        rich_help_panel=panel(entry), show_default=False, hidden=entry.about.flag in HIDDEN,
        autocompletion=_completion(entry) if entry.choices else None,
        parser=whole_or_auto if entry.name in MEASURED else None,
        metavar="INTEGER|auto" if entry.name in MEASURED else None,
    )


def _completion(entry: Entry) -> Callable[[str], list[str]]:
    def completed(incomplete: str) -> list[str]:
        return [each for each in entry.choices if each.startswith(incomplete)]

    return completed


def panel(entry: Entry) -> str:
    """The help panel of an option.

    Parameters
    ----------
    entry : Entry
        The option.

    Returns
    -------
    str
        One of ``PANELS``.
    """
    return PLACES.get(entry.name.partition(".")[0], "Training")


def _panel(parameter: inspect.Parameter) -> int:
    option = parameter.annotation.__metadata__[0]
    name = option.rich_help_panel
    # The data file is an argument, and comes first.
    return PANELS.index(name) if name in PANELS else -1


def _help(entry: Entry) -> str:
    text = re.sub(r":\w+:`~?([^`]*)`|``([^`]*)``", r"\1\2", entry.sentence).rstrip(".")
    if entry.kind != "bool" and any(each not in text for each in entry.choices):
        text = f"{text}: {', '.join(entry.choices)}"
    default = _default(entry)
    return f"{text} (default {default})." if default else f"{text}."


def _default(entry: Entry) -> str:
    if len(entry.members) == 1:
        # Without the flag it is another member's run.
        return ""
    shell: Any = profile("shell")
    for part in entry.name.split("."):
        shell = shell.get(part) if isinstance(shell, dict) else None
    value = entry.default if shell is None else shell
    if isinstance(value, dict):
        value = value["name"]
    if value in (None, False, "auto"):
        return ""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else f"{value}"


class TrainCommand(TyperCommand):
    """Names ``--set`` where an option has no flag of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As every command, once options without a flag are refused.

        Parameters
        ----------
        ctx : typer.Context
            Of the command line.
        args : list of str
            The command's arguments.

        Returns
        -------
        list of str
            What is left of them.

        Raises
        ------
        NoFlag
            If an option is given that has no flag.
        UsageError
            If something else is wrong with the arguments.
        """
        known = {name for parameter in self.params for name in parameter.opts}
        for argument in args:
            flag = argument.partition("=")[0]
            if flag.startswith("--") and flag not in known and (name := option_of(flag)):
                raise NoFlag(f"{flag} is set by --set {name}=VALUE")
        return super().parse_args(ctx, args)


class NoFlag(Exception):
    """An option that has no flag."""

    def format_message(self) -> str:
        """The sentence, as for any wrong use."""
        return str(self)


def option_of(flag: str) -> str | None:
    """The option that a flag's name stands for, if it has no flag.

    Parameters
    ----------
    flag : str
        With its dashes, without a value.

    Returns
    -------
    str or None
        The option's full name; None if there is no such option.

    Examples
    --------
    >>> option_of("--momentum"), option_of("--wrokers")
    ('solver.momentum', None)
    """
    name = flag.removeprefix("--").replace("-", "_")
    found = (each for each in entries() if each.rpartition(".")[2] == name)
    return RENAMED.get(flag) or next(found, None)
