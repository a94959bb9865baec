"""Every parameter of every public class, function and kernel is documented.

A docstring lists each parameter under ``Parameters`` (fields of a record under ``Attributes``)
with its type and a description, and no parameter that does not exist.  A method may refer to
the contract that it fulfils instead: ``see :meth:`Communicator.broadcast```.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.test_floors import MODULES

# Modules whose docstrings are not complete yet.  The list only shrinks.
INCOMPLETE: set[str] = set()
SEE = re.compile(r"\bsee :(meth|func|class):", re.IGNORECASE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def parameters(function: Function, bound: bool) -> list[str]:
    """Names of the parameters; ``self`` or ``cls`` of a bound method aside."""
    given = function.args
    names = [each.arg for each in [*given.posonlyargs, *given.args]][bound:]
    names += [each.arg for each in given.kwonlyargs]
    return names + [each.arg for each in (given.vararg, given.kwarg) if each is not None]


def fields(node: ast.ClassDef) -> list[str]:
    """Parameters of a class: those of ``__init__``, or the public fields of a record."""
    for each in node.body:
        if isinstance(each, Function) and each.name == "__init__":
            return parameters(each, bound=True)
    return [
        each.target.id for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        and not each.target.id.startswith("_") and "ClassVar" not in ast.unparse(each.annotation)
        and "init=False" not in ast.unparse(each)
    ]


def documented(docstring: str) -> dict[str, str]:
    """Each parameter's description."""
    found: dict[str, str] = {}
    section, names = "", []
    lines = docstring.splitlines() or [""]
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if re.fullmatch(r"-{3,}", after.strip()):
            section, names = line.strip(), []
        elif section in ("Parameters", "Attributes") and line and not line.startswith((" ", "-")):
            names = [name.strip().lstrip("*") for name in line.split(" : ")[0].split(",")]
            found |= dict.fromkeys(names, "")
        elif names and line.strip():
            found |= {name: found[name] + line.strip() for name in names}
    return found


def described(tree: ast.Module) -> Iterator[tuple[str, str, list[str]]]:
    """Name, docstring and parameters of everything public in a module."""
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node) or "", parameters(node, bound=False)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node) or "", fields(node)
            for each in node.body:
                if isinstance(each, Function) and not each.name.startswith("_"):
                    bound = "staticmethod" not in [ast.unparse(e) for e in each.decorator_list]
                    yield (
                        f"{node.name}.{each.name}", ast.get_docstring(each) or "",
                        parameters(each, bound),
                    )


def inherited(module: str, name: str) -> set[str]:
    """Parameters that a class takes, those of its bases included."""
    kind = getattr(import_module(module), name, None) if module else None
    known = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    return {each.name for each in known}


def faults(source: str, module: str = "") -> list[str]:
    """What is missing or too much in the docstrings of a module."""
    found = []
    for name, docstring, needed in described(ast.parse(source)):
        if SEE.search(docstring):
            continue
        known = documented(docstring)
        listed = documented(docstring.split("Attributes\n-")[0])
        found += [f"{name}: {each} is not documented" for each in needed if each not in known]
        if needed or "." in name or name[0].islower():
            # A class without fields of its own has those of its base.
            taken = {*needed, *(inherited(module, name) if set(listed) - set(needed) else ())}
            found += [f"{name}: {each} is no parameter" for each in listed if each not in taken]
        found += [f"{name}: {each} has no description" for each in needed if known.get(each) == ""]
    return found


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_parameter_is_documented(name: str) -> None:
    found = faults(MODULES[name].read_text(), name)
    if name in INCOMPLETE:
        assert found, f"{name} is complete; take it out of INCOMPLETE"
    else:
        assert found == []


def test_the_list_names_modules_that_exist() -> None:
    assert MODULES.keys() >= INCOMPLETE


@pytest.mark.parametrize(("docstring", "expected"), [
    ("Add.\n\nParameters\n----------\na : int\n    One.\nb : int\n    Other.", []),
    ("Add.\n\nParameters\n----------\na, b : int\n    The summands.", []),
    ("Add; see :meth:`Sum.add`.", []),
    ("Add.\n\nParameters\n----------\na : int\n    One.", ["add: b is not documented"]),
    ("Add.\n\nParameters\n----------\na, b, c : int\n    Three.", ["add: c is no parameter"]),
    ("Add.\n\nParameters\n----------\na : int\nb : int\n    Other.", ["add: a has no description"]),
])
def test_faults_are_seen(docstring: str, expected: list[str]) -> None:
    body = "\n".join(f"    {line}" for line in docstring.splitlines())
    assert faults(f'def add(a, b):\n    """{body.strip()}\n    """\n') == expected


def test_fields_of_a_record_are_its_parameters() -> None:
    source = 'class Pair(NamedTuple):\n    """Two."""\n    x: float\n    a: ClassVar[int] = 1\n'
    assert faults(source) == ["Pair: x is not documented"]
