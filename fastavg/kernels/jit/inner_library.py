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

    @property
    def needs(self) -> tuple[Any, ...]:
        """What is called before this code is loaded."""
        return tuple(self._reload_init)

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def parts(self) -> tuple[Any, ...]:
        """What of this code a file can hold."""
        return self.name, self._get_module_for_linking().as_bitcode()

    @classmethod
    def loaded(
        cls, target_codegen: Any, parts: tuple[Any, ...], environments: tuple[Any, ...]
    ) -> InnerLibrary:
        """Code from :meth:`parts`.

        Parameters
        ----------
        target_codegen : numba codegen
            Of the processor.
        parts : tuple
            From :meth:`parts`.
        environments : tuple of numba environments
            Where the constants of the functions in it are: for the code that it is linked into.
        """
        name, bitcode = parts
        library = cls(target_codegen, name)
        library._final_module = library._shared_module = llvm.parse_bitcode(bitcode)
        library._finalized = True
        return library


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
    library = library_of(result)
    return (
        type(library), library.parts(), library.needs,
        result.fndesc, result.environment, result.signature,
        tuple(result._find_referenced_environments()),
    )


def unpacked(target_context: Any, packing: tuple[Any, ...]) -> Any:
    """The compile result of an inner function from :func:`packed`.

    Parameters
    ----------
    target_context : numba target context
        Of the processor.
    packing : tuple
        From :func:`packed`.
    """
    kind, parts, needs, fndesc, environment, signature, environments = packing
    for again in needs:
        again()
    library = kind.loaded(target_context.codegen(), parts, environments)
    library._reload_init.update(needs)
    return compiler.compile_result(
        target_context=target_context, typing_context=target_context.typing_context,
        entry_point=InnerFunction(), library=library, fndesc=fndesc, environment=environment,
        signature=signature, objectmode=False, lifted=(), reload_init=needs,
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
