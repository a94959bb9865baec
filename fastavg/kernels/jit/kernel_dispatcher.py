"""Numba's dispatcher, but for what it makes of kernels that other kernels call.

A kernel is compiled in one of two forms.  The one that Python calls has machine code and a
wrapper for Python.  One that is only called by a kernel that is being compiled has neither
(:mod:`fastavg.kernels.jit.inner_library`), or machine code alone
(:mod:`fastavg.kernels.jit.apart_library`); if Python calls it later, it is compiled again.
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

from fastavg.kernels.jit.apart_library import ApartLibrary, Callee, named
from fastavg.kernels.jit.flags import KernelFlags
from fastavg.kernels.jit.inner_library import (
    InnerFunction,
    InnerLibrary,
    give_environments,
    library_of,
)
from fastavg.kernels.jit.passes import KernelPasses
from fastavg.kernels.jit.type_memory import type_memory

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
        if Compilation.depth > 0:
            with _one_deeper():
                yield True
            return
        # What a compilation makes is mostly kept: to look for garbage in it takes a tenth.
        collecting = gc.isenabled()
        gc.disable()
        try:
            with type_memory().in_use(), _one_deeper():
                yield False
        finally:
            if collecting:
                gc.enable()


@contextlib.contextmanager
def _one_deeper() -> Iterator[None]:
    Compilation.depth += 1
    try:
        yield
    finally:
        Compilation.depth -= 1


class _KernelCompiler(_FunctionCompiler):  # type: ignore[misc]
    """Numba's function compiler, which has no say in the library that code goes to."""

    # The library of the form that other kernels call.
    inner: type = InnerLibrary

    def _inner_library(self, target: Any, args: Any) -> Any:
        name = self.py_func.__qualname__
        if self.inner is ApartLibrary:
            return ApartLibrary(target.codegen(), Callee(self.py_func.__module__, name, args))
        return self.inner(target.codegen(), name)

    def _flags(self, inner: bool) -> Any:
        flags = KernelFlags()
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        flags.no_cfunc_wrapper = True
        if inner:
            flags.no_cpython_wrapper = flags.no_compile = True
        return flags.settled()

    def _compile_core(self, args: Any, return_type: Any) -> Any:
        target, library = self.targetdescr.target_context, None
        flags = self._flags(Compilation.depth > 1)
        if Compilation.depth > 1:
            library = self._inner_library(target, args)
        result = compiler.compile_extra(
            self.targetdescr.typing_context, target, self.py_func, args=args,
            return_type=return_type, flags=flags, locals=self.locals, library=library,
            pipeline_class=self.pipeline_class,
        )
        # What the code was made of: large, and of no more use.
        result.fndesc.typemap = result.fndesc.calltypes = None
        result = result._replace(type_annotation="", call_helper=None, metadata=None)
        if library is None:
            give_environments(library_of(result))
            return result
        result = result._replace(entry_point=InnerFunction())
        if self.inner is ApartLibrary:
            result = named(result)
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
    pipeline_class : type, default KernelPasses
        The compiler passes.
    """

    def __init__(
        self, py_func: Callable[..., Any], locals: dict[str, Any] | None = None,
        targetoptions: dict[str, Any] | None = None, pipeline_class: type = KernelPasses,
    ) -> None:
        super().__init__(py_func, locals or {}, targetoptions or {}, pipeline_class)
        self._compiler = _KernelCompiler(
            py_func, self.targetdescr, self.targetoptions, self.locals, pipeline_class
        )
        # Of signatures in two forms, the one that was not asked for last.
        self._others: dict[Any, Any] = {}
        # What keeps other processes from compiling the same meanwhile.
        self.turn: Callable[[Any, Any], contextlib.AbstractContextManager[None]] = (
            lambda signature, target: contextlib.nullcontext()
        )

    def serve_as(self, kind: type) -> None:
        """What kernels that call this one get of it.

        Parameters
        ----------
        kind : type
            ``UnoptimizedLibrary``: its code is optimized with theirs.  ``ApartLibrary``: they
            call its machine code.
        """
        self._compiler.inner = kind

    def _serves(self, known: Any, inner: bool) -> bool:
        form = isinstance(library_of(known), InnerLibrary)
        # Kernels have the same bits whether or not Python has called one of theirs before.
        own = self._compiler.inner is not InnerLibrary
        return form == inner if own else inner or not form

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
                # Code that calls the one form is there as long as this process.
                del self.overloads[args]
                self._others[args], known = known, self._others.get(args)
                if known is not None:
                    self.overloads[args] = known
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
        self.compile_types_inner(tuple(map(self.typeof_pyval, arguments)))

    def compile_types_inner(self, args: tuple[Any, ...]) -> None:
        """Compile the form that other kernels call, for types.

        Parameters
        ----------
        args : tuple of numba types
            Of the arguments that the kernel will be called with.
        """
        with compilation():
            self.compile(args)

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
