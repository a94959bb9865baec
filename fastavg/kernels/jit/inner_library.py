"""Code of kernels that are called by other kernels alone: linked into those, never run itself.

Numba makes machine code of every function that a compiled function calls, and of wrappers
for Python and for C around it.  The calling function links the callee's LLVM code in and makes
machine code of all of it again, so the former is never run.  An :class:`InnerLibrary` ends with
optimized LLVM code; on disk it is LLVM's bitcode.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import llvmlite.binding as llvm
from numba.core import codegen, compiler
from numba.core.environment import lookup_environment

ENVIRONMENT = "_ZN08NumbaEnv"
# The code of a compile result.
library_of = attrgetter("library")


class InnerLibrary(codegen.JITCodeLibrary):  # type: ignore[misc]
    """Optimized code without machine code."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


class UnoptimizedLibrary(InnerLibrary):
    """Code that is optimized with its caller's: it does little but call others, which are long.

    To optimize it by itself would optimize all of these once more.
    """

    def _optimize_final_module(self) -> None:
        pass


class InnerFunction:
    """What numba knows an inner function by, in place of one that Python could call."""


def packed(result: Any) -> tuple[Any, ...]:
    """The parts of an inner function's compile result that a file can hold.

    Parameters
    ----------
    result : numba compile result
        Its library is an :class:`InnerLibrary`.
    """
    # As numba does: they are large, and of no more use.
    result.fndesc.typemap = result.fndesc.calltypes = None
    library = library_of(result)
    return (
        library.name, library._get_module_for_linking().as_bitcode(),
        result.fndesc, result.environment, result.signature, result.reload_init,
        tuple(result._find_referenced_environments()),
    )


def unpacked(target_context: Any, parts: tuple[Any, ...]) -> Any:
    """The compile result of an inner function from :func:`packed`.

    Parameters
    ----------
    target_context : numba target context
        Of the processor.
    parts : tuple
        From :func:`packed`.
    """
    name, bitcode, fndesc, environment, signature, reload_init, environments = parts
    for again in reload_init:
        again()
    library = InnerLibrary(target_context.codegen(), name)
    library._final_module = library._shared_module = llvm.parse_bitcode(bitcode)
    library._finalized = True
    return compiler.compile_result(
        target_context=target_context, typing_context=target_context.typing_context,
        entry_point=InnerFunction(), library=library, fndesc=fndesc, environment=environment,
        signature=signature, objectmode=False, lifted=(), reload_init=reload_init,
        referenced_envs=environments,
    )


def give_environments(library: Any) -> None:
    """Tell new machine code where the constants of the inner functions in it are.

    Parameters
    ----------
    library : numba code library
        Has just been compiled.
    """
    for variable in library._final_module.global_variables:
        if variable.name.startswith(ENVIRONMENT):
            environment = lookup_environment(variable.name)
            if environment is not None:
                library.codegen.set_env(variable.name, environment)
