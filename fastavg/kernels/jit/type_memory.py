"""What numba finds out about calls of built-in functions, remembered from kernel to kernel.

Numba asks every definition of an operator whether it takes the types at hand, once as they are and
once with the values of numbers that are written in the code.  Kernels ask the same few thousand
questions again and again: ``int64 + int64``, an element of an array of float32.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from numba.core import types
from numba.core.registry import cpu_target


class TypeMemory:
    """Signatures of built-in functions for types of arguments, whatever a kernel's options.

    Used by the thread that holds numba's lock alone.

    Parameters
    ----------
    context : numba typing context
        That is asked for what is not known yet.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self._resolve = context.resolve_function_type
        # Of functions that are kept, so that no other object gets their number.
        self._known: dict[int, tuple[Any, dict[Any, Any]]] = {}

    def resolve(self, function: Any, args: Any, kws: Any) -> Any:
        """As the context's ``resolve_function_type``.

        Parameters
        ----------
        function : numba type, or what Python calls
            What is called.
        args : sequence of numba types
            Of the arguments without names.
        kws : dict
            Types of the arguments with names.

        Returns
        -------
        numba signature or None
            None if there is no such function.
        """
        kind = function if isinstance(function, types.Type) else self._context._lookup_global(
            function
        )
        if not isinstance(kind, types.Function):
            return self._resolve(function, args, kws)
        _, signatures = self._known.setdefault(id(kind), (kind, {}))
        key = tuple(args), tuple(kws.items())
        if key in signatures:
            return signatures[key]
        signature = self._resolve(function, args, kws)
        # Not of a function that numba has in Python: asking settles which code of it a kernel
        # gets, with the kernel's own options.
        if signature is not None and kind.get_impl_key(signature) == kind.typing_key:
            signatures[key] = signature
        return signature

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Let the context ask this memory first, as long as this lasts."""
        before = self._context.resolve_function_type
        self._context.resolve_function_type = self.resolve
        try:
            yield
        finally:
            self._context.resolve_function_type = before


@cache
def type_memory() -> TypeMemory:
    """The memory of this process."""
    return TypeMemory(cpu_target.typing_context)
