"""Kernels that only kernels call: code to be linked in, without machine code of their own.

Numba makes machine code and two wrappers for every function that a compiled function
calls, though the caller links the function in and compiles it again.  A kernel that is
compiled while another one is being compiled gets neither; should Python call it later, it
is compiled once more, as a kernel of its own.

.. code-block:: text

    Python --> kernel        optimized code, machine code, wrapper, kept on disk
                 kernel      optimized code, linked into the one above
                   kernel    likewise

The code that is linked in is the same either way.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any

from numba import types
from numba.core import sigutils
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher


class LinkableLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Code that becomes machine code only if somebody asks for an address."""

    _emitted = False

    def _finalize_final_module(self) -> None:
        if self._emitted:
            super()._finalize_final_module()
            return
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """The address of a function, whose machine code is made now.

        Parameters
        ----------
        name : str
            The symbol.

        Returns
        -------
        int
            0 if the library does not have it.
        """
        self._ensure_finalized()
        if not self._emitted:
            self._emitted = True
            # What is linked into others has to be taken before the module is handed over.
            self._get_module_for_linking()
            self._dynamic_globals.clear()
            self._finalize_final_module()
        address: int = super().get_pointer_to_function(name)
        return address


class _Depth:
    """How many kernels are being compiled; only used under numba's compiler lock."""

    kernels = 0


@contextlib.contextmanager
def compiling() -> Iterator[None]:
    """Kernels that are compiled inside are called by compiled code alone."""
    collects = gc.isenabled()
    # Numba makes many objects that live on: looking for garbage among them takes a tenth of
    # the time.
    gc.disable()
    _Depth.kernels += 1
    try:
        yield
    finally:
        _Depth.kernels -= 1
        if collects and not _Depth.kernels:
            gc.enable()


@contextlib.contextmanager
def _library_class(codegen: Any, chosen: type) -> Iterator[None]:
    before = codegen._library_class
    codegen._library_class = chosen
    try:
        yield
    finally:
        codegen._library_class = before


def _compile(self: Any, signature: Any) -> Any:
    """In place of the dispatcher's own ``compile``."""
    with global_compiler_lock:
        args, _ = sigutils.normalize_signature(signature)
        known = self.overloads.get(tuple(args))
        if known is not None and (_Depth.kernels or known.entry_point not in self._linkable):
            return known.entry_point
        if _Depth.kernels:
            return _compile_linkable(self, args)
        if known is not None:
            del self.overloads[tuple(args)]
        with compiling():
            return Dispatcher.compile(self, signature)


def _compile_linkable(self: Any, args: Any) -> Any:
    context = self.targetctx
    with self._compiling_counter, compiling(), _library_class(context.codegen(), LinkableLibrary):
        compiled = self._linkable_compiler.compile(args, None)

    def entry_point(*arguments: Any) -> None:
        raise AssertionError("compiled to be linked, not to be called")

    context.insert_user_function(entry_point, compiled.fndesc, [compiled.library])
    self.overloads[tuple(compiled.signature.args)] = compiled._replace(entry_point=entry_point)
    self._linkable.add(entry_point)
    return entry_point


def _call_template(self: Any, args: Any, kws: Any) -> Any:
    # The literal 1 and the variable 1 need no code of their own.
    plain = tuple(
        types.unliteral(kind) if isinstance(kind, (types.IntegerLiteral, types.BooleanLiteral))
        else kind for kind in args
    )
    return Dispatcher.get_call_template(self, plain, kws)


def link_where_called(dispatcher: Any) -> None:
    """Let a kernel have no machine code of its own where only kernels call it.

    Parameters
    ----------
    dispatcher : numba dispatcher
        The kernel, not compiled yet.
    """
    inner = dispatcher._compiler
    linked = type(inner)(
        inner.py_func, inner.targetdescr,
        {**inner.targetoptions, "no_cpython_wrapper": True, "no_cfunc_wrapper": True},
        inner.locals, inner.pipeline_class,
    )
    customize: Callable[[Any], Any] = linked._customize_flags

    def without_machine_code(flags: Any) -> Any:
        flags = customize(flags)
        flags.no_compile = True
        return flags

    linked._customize_flags = without_machine_code
    dispatcher._linkable_compiler, dispatcher._linkable = linked, set()
    dispatcher.compile = MethodType(_compile, dispatcher)
    dispatcher.get_call_template = MethodType(_call_template, dispatcher)
