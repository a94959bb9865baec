"""A function's parameters, and the fields of its dataclasses, become a command's options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from click.testing import CliRunner
from fastavg_cli.commands.command import made, with_fields


@dataclass(frozen=True)
class Size:
    width: Annotated[int, typer.Option(help="Columns.")] = 1
    height: Annotated[int, typer.Option("--tall", help="Lines.")] = 2


def drawn(text: Annotated[str, typer.Argument()], size: Size = Size()) -> None:
    """Draw a text.\f

    Parameters
    ----------
    text : str
    size : Size
    """
    typer.echo(f"{text} {size.width}x{size.height}")


@pytest.mark.parametrize(("arguments", "output"), [
    (["a"], "a 1x2\n"),
    (["a", "--width", "5"], "a 5x2\n"),
    (["a", "--tall", "7", "--debug"], "a 1x7\n"),
])
def test_fields_are_options(arguments, output):
    ended = CliRunner().invoke(made(drawn), arguments)
    assert (ended.exit_code, ended.output) == (0, output)


def test_help_has_the_fields_and_ends_before_the_parameters():
    text = CliRunner().invoke(made(drawn), ["--help"]).output
    assert "Columns." in text
    assert "--tall" in text
    assert "Parameters" not in text
    assert "--debug" not in text


@pytest.mark.parametrize("arguments", [["a", "--size", "1"], ["a", "--width", "x"], []])
def test_a_wrong_use_is_refused(arguments):
    assert CliRunner().invoke(made(drawn), arguments).exit_code == 2


def test_fields_that_are_left_out_keep_their_defaults(capsys):
    with_fields(drawn)(text="b", height=9)
    assert capsys.readouterr().out == "b 1x9\n"
