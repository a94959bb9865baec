"""Numba's dispatcher, but for what it makes of kernels that other kernels call.

A kernel is compiled in one of two forms.  The one that Python calls has machine code and a
wrapper for Python.  One that is only called by a kernel that is being compiled has neither
(:mod:`fastavg.kernels.jit.inner_library`); if Python calls it later, it is compiled again.
Numbers written in a call are no types of their own: a kernel is compiled once for all of them.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Any

from numba.core import compiler, types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import _FunctionCompiler  # type: ignore[attr-defined]
from numba.core.registry import CPUDispatcher

from fastavg.kernels.jit.inner_library import (
    InnerFunction,
    InnerLibrary,
    UnoptimizedLibrary,
    give_environments,
    library_of,
)

_unliteral: Callable[[Any], Any] = vars(types)["unliteral"]


class Compilation:
    """How many functions are being compiled, each for the one before it.

    Changed by the thread that holds numba's lock alone.
    """

    depth = 0


@contextlib.contextmanager
def compilation() -> Iterator[bool]:
    """Compile a function; kernels that it calls meanwhile are inner ones.

    Yields
    ------
    bool
        True if it is an inner one itself.
    """
    with global_compiler_lock:
        # What a compilation makes is mostly kept: to look for garbage in it takes a tenth.
        collecting = Compilation.depth == 0 and gc.isenabled()
        if collecting:
            gc.disable()
        Compilation.depth += 1
        try:
            yield Compilation.depth > 1
        finally:
            Compilation.depth -= 1
            if collecting:
                gc.enable()


class _KernelCompiler(_FunctionCompiler):  # type: ignore[misc]
    """Numba's function compiler, which has no say in the library that code goes to."""

    thin = False

    def _compile_core(self, args: Any, return_type: Any) -> Any:
        flags, target = compiler.Flags(), self.targetdescr.target_context
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        flags.no_cfunc_wrapper = True
        library = None
        if Compilation.depth > 1:
            flags.no_cpython_wrapper = flags.no_compile = True
            kind = UnoptimizedLibrary if self.thin else InnerLibrary
            library = kind(target.codegen(), self.py_func.__qualname__)
        result = compiler.compile_extra(
            self.targetdescr.typing_context, target, self.py_func, args=args,
            return_type=return_type, flags=flags, locals=self.locals, library=library,
            pipeline_class=self.pipeline_class,
        )
        if library is None:
            give_environments(library_of(result))
            return result
        result = result._replace(entry_point=InnerFunction())
        target.insert_user_function(result.entry_point, result.fndesc, [library])
        return result


class KernelDispatcher(CPUDispatcher):  # type: ignore[misc]
    """Compiles a kernel for the types of its arguments when it is first called with them.

    Parameters
    ----------
    py_func : function
        The kernel.
    locals : dict, optional
        Numba types of its variables; numba finds them out if not given.
    targetoptions : dict, optional
        Numba's options.
    pipeline_class : type, default numba's Compiler
        The compiler passes.
    """

    def __init__(
        self, py_func: Callable[..., Any], locals: dict[str, Any] | None = None,
        targetoptions: dict[str, Any] | None = None, pipeline_class: type = compiler.Compiler,
    ) -> None:
        super().__init__(py_func, locals, targetoptions, pipeline_class)
        self._compiler = _KernelCompiler(
            py_func, self.targetdescr, self.targetoptions, self.locals, pipeline_class
        )
        # What keeps other processes from compiling the same meanwhile.
        self.turn: Callable[[Any, Any], contextlib.AbstractContextManager[None]] = (
            lambda signature, target: contextlib.nullcontext()
        )

    def be_thin(self) -> None:
        """Leave it to kernels that call this one to optimize its code with theirs."""
        self._compiler.thin = True

    def _serves(self, known: Any, inner: bool) -> bool:
        # Kernels have the same bits whether or not Python has called a thin one of theirs before.
        linked = isinstance(library_of(known), InnerLibrary)
        return linked == inner if self._compiler.thin else inner or not linked

    def compile(self, sig: Any) -> Any:
        """Compile, or load from the cache, one signature; inner if a kernel is being compiled.

        Parameters
        ----------
        sig : tuple of numba types, or numba signature
            Types of the arguments.

        Returns
        -------
        callable, or what stands for an inner function
            Numba's entry point.
        """
        with compilation() as inner:
            args = tuple(getattr(sig, "args", sig))
            known = self.overloads.get(args)
            if known is not None and not self._serves(known, inner):
                del self.overloads[args]
                known = None
            if known is not None:
                return known.entry_point
            with self.turn(sig, self.targetctx):
                return super().compile(sig)

    def _compile_for_args(self, *args: Any, **kws: Any) -> Any:
        # Python calls it: perhaps in a module that is imported for a compilation.
        with global_compiler_lock:
            before, Compilation.depth = Compilation.depth, 0
            try:
                return super()._compile_for_args(*args, **kws)
            finally:
                Compilation.depth = before

    def compile_inner(self, *arguments: Any) -> None:
        """Compile the form that other kernels call.

        Parameters
        ----------
        *arguments : arrays and numbers
            Of the types that the kernel will be called with.
        """
        with compilation():
            self.compile(tuple(map(self.typeof_pyval, arguments)))

    def add_overload(self, cres: Any) -> None:
        """Remember a compiled signature; one that Python cannot call for other kernels alone.

        Parameters
        ----------
        cres : numba compile result
            The compiled code.
        """
        if isinstance(library_of(cres), InnerLibrary):
            self.overloads[tuple(cres.signature.args)] = cres
        else:
            super().add_overload(cres)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """The signature for a call from another function that is being compiled.

        Parameters
        ----------
        args : sequence of numba types
            Of the arguments without names.
        kws : dict
            Types of the arguments with names.
        """
        named = {name: _unliteral(kind) for name, kind in kws.items()}
        return super().get_call_template(tuple(map(_unliteral, args)), named)
