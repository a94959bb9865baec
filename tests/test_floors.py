"""The shape of the source: floors, numba, MPI and pickle in their places, small files."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    ("errors", "kernels", "options", "randomness", "version"),
    ("communicators", "machine"),
    ("data", "datasets", "losses", "models", "networks"),
    ("averaging", "solvers"),
    ("plan",),
    ("training",),
    (
        "dask", "engines", "estimators", "experiments", "planner", "ray", "reports", "runs",
        "spark", "tuning",
    ),
    ("fastavg_cli",),
)
VAGUE = {"common", "core", "helper", "helpers", "misc", "util", "utils"}
LONGEST = 400
# Numba outside the kernels' folder would escape the one file that holds its policy.
DECORATORS = {"generated_jit", "guvectorize", "jit", "kernel", "njit", "stencil", "vectorize"}
# Loading a model or a data file must never be able to run code.
UNSAFE = {"cloudpickle", "dill", "marshal", "pickle", "shelve"}
PICKLE_ALLOWED = {
    "fastavg.networks.custom": "a try at pickling what will be sent; nothing is loaded",
    "fastavg.kernels.jit.decorator": 
        "compiled code in a private cache folder, guarded by a SHA-256",
    "fastavg.training.team.supervised": "the plan, from a parent to its own child on a pipe",
    "fastavg.training.team.worker": "the plan, from the parent on a pipe",
}


def modules() -> dict[str, Path]:
    """Every module by the name that it is installed under."""
    found = {}
    for folder, package in (("fastavg", "fastavg"), ("cli", "fastavg_cli")):
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            found[".".join([package, *parts]).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def floor(name: str) -> int | None:
    """The floor of a module; None if it has none."""
    package, *rest = name.split(".")
    place = package if package == "fastavg_cli" else rest[0] if rest else ""
    return next((number for number, names in enumerate(FLOORS) if place in names), None)


def imported(name: str, source: str) -> set[str]:
    """The fastavg modules that a module imports, anywhere in its text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            children = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (children & MODULES.keys()) or {node.module}
    return {each for each in found if each.split(".")[0] in ("fastavg", "fastavg_cli")} - {name}


def upward(name: str, source: str) -> list[str]:
    """Imports that climb to a higher floor."""
    return [
        each for each in sorted(imported(name, source))
        if each != "fastavg" and (floor(each) or 0) > (floor(name) or 0)
    ]


@pytest.mark.parametrize("name", sorted(MODULES.keys() - {"fastavg"}))
def test_module_keeps_to_its_floor(name: str) -> None:
    assert floor(name) is not None, f"{name} stands on no floor; give it one in FLOORS"
    assert upward(name, MODULES[name].read_text()) == []


def test_a_climbing_import_is_seen() -> None:
    source = "def f():\n    from fastavg.plan import plan\n"
    assert upward("fastavg.kernels.means.exact", source) == ["fastavg.plan.plan"]
    assert upward("fastavg_cli.commands.train", source) == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_file_has_one_idea(name: str) -> None:
    path = MODULES[name]
    assert path.stem not in VAGUE
    assert len(path.read_text().splitlines()) <= LONGEST


# A name that several rooms share: the protocol of a family, and a package itself.
SHARED_STEMS = {"__init__", "contract"}


def test_a_file_name_occurs_once() -> None:
    places: dict[str, list[str]] = {}
    for name, path in MODULES.items():
        if name.startswith("fastavg.") and path.stem not in SHARED_STEMS:
            places.setdefault(path.stem, []).append(name)
    assert {stem: names for stem, names in places.items() if len(names) > 1} == {}


def test_few_files_lie_outside_the_rooms() -> None:
    loose = sorted(path.name for path in (ROOT / "fastavg").glob("*.py"))
    assert len(loose) <= 5, loose


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, directly or through others (Tarjan 1972)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        number[name] = lowest[name] = len(number)
        stack.append(name)
        for other in sorted(graph[name] & graph.keys()):
            if other not in number:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in stack:
                lowest[name] = min(lowest[name], number[other])
        if lowest[name] == number[name]:
            at = stack.index(name)
            if len(stack) - at > 1 or name in graph[name]:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for name in sorted(graph):
        if name not in number:
            visit(name)
    return found


def test_no_modules_import_each_other() -> None:
    graph = {name: imported(name, path.read_text()) for name, path in MODULES.items()}
    assert cycles(graph) == []


def test_a_circle_of_imports_is_seen() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"d", "f"}, "f": {"f"}}
    assert cycles(graph) == [["a", "b", "c"], ["f"]]
    source = "def later():\n    from fastavg.models.model import Model\n"
    assert imported("fastavg.models.model_file", source) == {"fastavg.models.model"}


def outside(source: str) -> set[str]:
    """The top names of all modules that a text imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def last_name(node: ast.AST) -> str:
    """The last part of a dotted name, called or not."""
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def decorated(source: str) -> dict[str, set[str]]:
    """Functions and their decorators."""
    return {
        node.name: {last_name(mark) for mark in node.decorator_list}
        for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)
    }


def called(source: str) -> set[str]:
    return {last_name(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_numba_stays_in_the_kernels(name: str) -> None:
    source = MODULES[name].read_text()
    used = set().union(*decorated(source).values())
    if not name.startswith("fastavg.kernels."):
        assert not used & DECORATORS
        assert not outside(source) & {"numba", "llvmlite"}
    elif name != "fastavg.kernels.jit.decorator":
        assert not used & (DECORATORS - {"kernel"})
        assert not called(source) & {"njit", "jit"}


RANKS = {
    f"fastavg.communicators.mpi.{name}" for name in ("abort", "communicator", "departure")
}


@pytest.mark.parametrize("name", sorted(MODULES.keys() - RANKS))
def test_mpi4py_is_imported_only_where_ranks_talk(name: str) -> None:
    assert "mpi4py" not in outside(MODULES[name].read_text())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_only_the_command_line_prints(name: str) -> None:
    assert name.startswith("fastavg_cli") or "print" not in called(MODULES[name].read_text())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_nothing_is_loaded_with_pickle(name: str) -> None:
    source = MODULES[name].read_text()
    # An exception that is no longer needed has to go from the list.
    assert bool(outside(source) & UNSAFE) == (name in PICKLE_ALLOWED)
    assert "allow_pickle=True" not in source
    assert not re.search(r"read_pickle|joblib\.load|torch\.load|\beval\(|\bexec\(", source)


@pytest.mark.parametrize("name", sorted(each for each in MODULES if ".kernels." in each))
def test_every_kernel_is_named_by_a_test(name: str) -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    for function, marks in decorated(MODULES[name].read_text()).items():
        # An underscored kernel is a part of a public one in the same file.
        if "kernel" in marks and not function.startswith("_"):
            assert re.search(rf"\b{function}\b", tests), f"no test names {function}"


def test_an_import_a_decorator_and_a_call_are_seen() -> None:
    source = "import numba.core\n@numba.njit(nogil=True)\ndef f():\n    sys.print()\n"
    assert outside(source) == {"numba"}
    assert decorated(source) == {"f": {"njit"}}
    assert called(source) == {"njit", "print"}


MOST_PARAMETERS = 7


def functions(source: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    given = node.args
    every = (*given.posonlyargs, *given.args, *given.kwonlyargs)
    return [each for each in every if each.arg not in ("self", "cls")]


@pytest.mark.parametrize("name", sorted(each for each in MODULES if ".kernels" not in each))
def test_functions_have_few_parameters_and_say_what_they_take(name: str) -> None:
    of_scikit_learn = name.startswith("fastavg.estimators")
    for node in functions(MODULES[name].read_text()):
        # scikit-learn reads an estimator's parameters from its constructor.
        constructs = of_scikit_learn and node.name == "__init__"
        if not constructs:
            assert len(parameters(node)) <= MOST_PARAMETERS, node.name
        for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            of_anything = isinstance(each.annotation, ast.Name) and each.annotation.id == "Any"
            assert not (each.arg in ("self", "estimator") and of_anything), node.name


def declarations(source: str, name: str) -> int:
    """Fields, parameters and keyword copies of a name."""
    return sum(
        (isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name)
        or (isinstance(node, (ast.arg, ast.keyword)) and node.arg == name)
        for node in ast.walk(ast.parse(source))
    )


def test_an_option_is_declared_once_and_handed_on_at_most_twice() -> None:
    found = {
        name: count for name, path in MODULES.items()
        if (count := declarations(path.read_text(), "dropout"))
    }
    assert found.pop("fastavg.solvers.regularization") == 1
    assert sum(found.values()) <= 2, found


def test_declarations_and_parameters_are_seen() -> None:
    source = "class A:\n    rate: float = 1\ndef f(a, *, rate): g(rate=rate)\n"
    assert declarations(source, "rate") == 3
    assert [len(parameters(node)) for node in functions(source)] == [2]


def test_every_package_is_installed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    packages = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    assert set(listed) == packages
