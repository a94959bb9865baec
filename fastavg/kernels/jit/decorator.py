"""All numba policy of fastavg in one place.

Every kernel is compiled with the same decorator, :func:`kernel`, and cached by
:class:`KernelCache`.  Numba's own cache keeps one stamp per source file, so it
calls yesterday's callee after an edit in another file, stops the program when a
cache file is damaged, and raises at import when no folder is writable.  This one
keys every entry on the digest of *all* kernel sources and of the compiler, guards
each file with a SHA-256, treats damage as a miss, and does without when there is
no private folder to write to.  Kernels that other kernels call are compiled to code for
linking alone (:mod:`fastavg.kernels.jit.kernel_dispatcher`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numba
from numba.core import caching, ccallback, compiler, entrypoints

from fastavg.errors import ConfigError
from fastavg.kernels.jit.apart_library import ApartLibrary
from fastavg.kernels.jit.cache_folder import cache_folder, source_digest
from fastavg.kernels.jit.compile_turns import turn_of
from fastavg.kernels.jit.inner_library import (
    InnerLibrary,
    UnoptimizedLibrary,
    give_environments,
    library_of,
    packed,
    unpacked,
)
from fastavg.kernels.jit.kernel_dispatcher import Compilation, KernelDispatcher, compilation
from fastavg.kernels.jit.passes import KernelPasses
from fastavg.kernels.jit.plain_path import plain_search_path

# The folder whose sources the digest covers.
KERNELS = Path(__file__).parents[1]
# No nnan, no ninf: a diverging run must stay visible.
FAST_MATH = frozenset({"nsz", "arcp", "contract", "afn", "reassoc"})
# Numba looks for its extensions and loads SciPy's BLAS before it runs a first function; both
# fail at a search path that Python itself can read.
with plain_search_path():
    entrypoints.init_all()
    import_module("scipy.linalg")


class _Locator(caching._CacheLocator):  # type: ignore[misc]
    """Tells numba's machinery where a cached kernel lives."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get_cache_path(self) -> str:
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        return source_digest()

    def get_disambiguator(self) -> str:
        return self._name

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator:
        return cls(py_func.__module__)


class _Impl(caching.CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Locator,)


class KernelCache(caching._Cache):  # type: ignore[misc]
    """One guarded file for each compiled signature of one kernel, and for its inner form.

    Parameters
    ----------
    py_func : function
        The kernel before compilation.
    name : str, default ''
        Names its files; the function's own name by default.
    inner : type, default InnerLibrary
        The library of its inner form.
    """

    def __init__(
        self, py_func: Callable[..., Any], name: str = "", inner: type = InnerLibrary
    ) -> None:
        # Whether code that Python calls is linked into other kernels.
        self._linked = inner is InnerLibrary
        self._name = f"{py_func.__module__}.{name or py_func.__qualname__}"
        self._impl = _Impl(py_func)
        self._enabled = cache_folder() is not None

    @property
    def cache_path(self) -> str:
        return str(cache_folder() or "")

    def enable(self) -> None:
        self._enabled = cache_folder() is not None

    def disable(self) -> None:
        self._enabled = False

    def flush(self) -> None:
        for path in Path(self.cache_path).glob(f"{self._name}-*.kernel"):
            path.unlink(missing_ok=True)

    def _path(self, signature: Any, codegen: Any, inner: bool) -> Path:
        key = repr((signature, codegen.magic_tuple())).encode()
        form = "inner." if inner else ""
        return Path(self.cache_path) / (
            f"{self._name}-{hashlib.sha256(key).hexdigest()[:20]}.{form}kernel"
        )

    def turn(self, sig: Any, target_context: Any) -> contextlib.AbstractContextManager[None]:
        """Keep other processes from compiling a signature; wait for one that does.

        Parameters
        ----------
        sig : numba signature
            Types of the arguments.
        target_context : numba target context
            Of the processor.
        """
        if not self._enabled:
            return contextlib.nullcontext()
        target_context.refresh()
        return turn_of(self._path(sig, target_context.codegen(), Compilation.depth > 1))

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load the compiled code of one signature; see :class:`KernelCache`.

        Parameters
        ----------
        sig : numba signature
            Types of the arguments.
        target_context : numba target context
            Of the processor.

        Returns
        -------
        compile result or None
            None if it is not cached, or damaged.
        """
        if not self._enabled:
            return None
        target_context.refresh()
        codegen = target_context.codegen()
        forms = [True] if Compilation.depth > 1 else [False]
        if forms == [True] and self._linked:
            forms.append(False)
        for inner in forms:
            with contextlib.suppress(OSError):
                blob = self._path(sig, codegen, inner).read_bytes()
                if hashlib.sha256(blob[32:]).digest() == blob[:32]:
                    parts = pickle.loads(blob[32:])
                    return (
                        unpacked(target_context, parts) if inner
                        else self._impl.rebuild(target_context, parts)
                    )
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store the compiled code of one signature; see :class:`KernelCache`.

        Parameters
        ----------
        sig : numba signature
            Types of the arguments.
        data : compile result
            The compiled code.
        """
        if not self._enabled or not self._impl.check_cachable(data):
            return
        inner = isinstance(library_of(data), InnerLibrary)
        payload = caching.dumps(packed(data) if inner else self._impl.reduce(data))
        path = self._path(sig, data.codegen, inner)
        # A full disk or a folder gone read-only costs a compilation next time, no more.
        with contextlib.suppress(OSError):
            handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(payload).digest() + payload)
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise


def kernel(
    function: Callable[..., Any] | None = None, *, exact: bool = False, ordered: bool = False,
    inline: bool = False, cached: bool = True, allocates: bool = False, thin: bool = False,
    apart: bool = False,
) -> Any:
    """Compile a function of arrays and scalars; it releases the GIL and is cached on disk.

    Parameters
    ----------
    function : callable, optional
        The kernel; without it a decorator is returned.
    exact : bool, default False
        Keep every floating-point operation as written, for kernels whose meaning is the order
        of the operations.
    ordered : bool, default False
        Keep the order of the operations, but let a product and a sum become one fused
        operation.
    inline : bool, default False
        Inline the function into its caller's loop, which would not vectorise around a call.
    cached : bool, default True
        False for functions that their name does not tell apart from others.
    allocates : bool, default False
        True for a kernel that makes arrays.  Numba then counts the references to every array in
        it, which costs an atomic operation for each slice; the arrays of other kernels belong to
        their caller.
    thin : bool, default False
        True for a kernel that does little but call long ones: where a kernel calls it, its code
        is optimized there, and not once before.
    apart : bool, default False
        True for a long kernel that several kernels call: they call its machine code, and none
        of it is linked into theirs.

    Returns
    -------
    numba dispatcher
        The compiled kernel, or a decorator.
    """
    if function is None:
        return lambda inner: kernel(
            inner, exact=exact, ordered=ordered, inline=inline, cached=cached,
            allocates=allocates, thin=thin, apart=apart,
        )
    if numba.config.DISABLE_JIT:
        raise ConfigError(
            "NUMBA_DISABLE_JIT switches off the compiler that fastavg computes with; "
            "unset it, or set it to 0"
        )
    fast = False if exact else {"contract"} if ordered else set(FAST_MATH)
    here = Path(function.__code__.co_filename).is_relative_to(KERNELS)
    compiled = KernelDispatcher(
        function,
        targetoptions={
            "nopython": True, "boundscheck": None, "nogil": True, "error_model": "numpy",
            "fastmath": fast, "forceinline": inline, "_nrt": allocates,
        },
        # What users write may define functions inside, and have expressions of arrays.
        pipeline_class=KernelPasses if here else compiler.Compiler,
    )
    kind = UnoptimizedLibrary if thin else ApartLibrary if apart else InnerLibrary
    compiled.serve_as(kind)
    # The digest covers this folder; a kernel from elsewhere would be found after an edit.
    if cached and here:
        compiled._cache = KernelCache(function, inner=kind)
        compiled.turn = compiled._cache.turn
    return compiled


def compiled_address(
    function: Callable[..., Any], signature: Any, name: str = "", exact: bool = False
) -> int:
    """Compile a function of pointers and numbers; the address that C would call it by.

    Parameters
    ----------
    function : callable
        Plain Python that numba can compile, of pointers and numbers.
    signature : numba signature
        Types of its arguments and result.
    name : str, default ''
        Under which it is cached; without one it is compiled anew in every process.
    exact : bool
        As for :func:`kernel`.
    """
    made: Any = ccallback.CFunc(
        function, (signature.args, signature.return_type), {},
        {
            "nopython": True, "error_model": "numpy",
            "fastmath": False if exact else set(FAST_MATH),
        },
    )
    with compilation(), contextlib.ExitStack() as turns:
        if name:
            made._cache = KernelCache(function, name)
            turns.enter_context(made._cache.turn(made._sig, made._targetdescr.target_context))
        made.compile()
        give_environments(made._library)
    # The code lives as long as something refers to it: here, as long as the process.
    _KEPT.append(made)
    return int(made.address)


_KEPT: list[Any] = []
