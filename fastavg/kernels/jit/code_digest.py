"""What compiled functions are recognised by after an edit: a digest of their bytecode."""

from __future__ import annotations

import hashlib
from types import CodeType
from typing import Any


def digest(*functions: Any) -> str:
    """A digest of the code of functions and of all functions that they call.

    Parameters
    ----------
    *functions : callable
        Plain or compiled Python functions.

    Returns
    -------
    str
        16 hexadecimal digits; others after any edit that changes the compiled code.
    """
    whole = hashlib.sha256()
    seen: set[int] = set()
    for function in functions:
        whole.update(repr(_meaning(getattr(function, "py_func", function), seen)).encode())
    return whole.hexdigest()[:16]


def _meaning(function: Any, seen: set[int]) -> Any:
    if id(function) in seen:
        return "again"
    seen.add(id(function))
    code = function.__code__
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=False))
    named = [
        (name, _value(cells[name].cell_contents if name in cells else
                      function.__globals__.get(name), seen))
        for name in sorted({*cells, *names_in(code)})
    ]
    return _form(code), named


def names_in(code: CodeType) -> set[str]:
    """The global names that a function and its inner functions read.

    Parameters
    ----------
    code : code object
        Of the function.
    """
    inner = [names_in(each) for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*inner)


def _form(code: CodeType) -> Any:
    consts = [_form(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, consts


def _value(value: Any, seen: set[int]) -> Any:
    inner = getattr(value, "py_func", value)
    if hasattr(inner, "__code__"):
        return _meaning(inner, seen)
    return value if isinstance(value, (int, float, str, tuple)) else type(value).__name__
