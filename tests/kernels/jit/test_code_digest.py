"""The digest of compiled functions: the same for the same code, another after any edit."""

from __future__ import annotations

import subprocess
import sys

import numba
import pytest

from fastavg.kernels.jit.code_digest import digest, names_in

SOURCE = """
LEAK = 0.01
def inner(z):
    return z + 1
def outer(z):
    return inner(z) * LEAK if z > 0 else abs(z)
"""


def made(source=SOURCE):
    place: dict = {}
    exec(source, place)
    return place["outer"]


def test_the_same_code_has_the_same_digest_compiled_or_not():
    assert digest(made()) == digest(made()) == digest(numba.njit(made()))
    assert len(digest(made())) == 16


@pytest.mark.parametrize(("old", "new"), [
    ("LEAK = 0.01", "LEAK = 0.02"), ("z + 1", "z + 2"), ("z > 0", "z >= 0"), ("abs(z)", "-z"),
])
def test_an_edit_anywhere_changes_it(old, new):
    assert digest(made()) != digest(made(SOURCE.replace(old, new)))


def test_a_comment_changes_nothing():
    assert digest(made()) == digest(made(SOURCE.replace("return z + 1", "return z + 1  # more")))


def test_values_in_closures_count_and_recursion_ends():
    def scaled(factor):
        def value(z):
            return z * factor

        return value

    def endless(z):
        return endless(z - 1) if z > 0 else z

    assert digest(scaled(2.0)) != digest(scaled(3.0))
    assert digest(endless) == digest(endless)


def test_the_order_of_functions_counts():
    first, second = made(), made(SOURCE.replace("z + 1", "z + 2"))
    assert digest(first, second) != digest(second, first)


def test_other_processes_find_the_same_digest():
    program = (
        "from fastavg.kernels.jit.code_digest import digest\n"
        "from fastavg.networks.activation_table import ACTIVATIONS\n"
        "from fastavg.networks.elementary import NUMPY\n"
        "print(digest(ACTIVATIONS['silu'].formula))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True,
            env={"PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in (1, 2)
    }
    assert len(answers) == 1


def test_names_are_those_of_inner_functions_too():
    def outer():
        def inner():
            return sys.version

        return inner, print

    assert {"sys", "version", "print"} <= names_in(outer.__code__)
