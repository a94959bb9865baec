"""Numba's settings of one compilation, compared in one step.

Numba looks at the settings for every function that a kernel calls by name: they are part of the
key under which it keeps what it has compiled for others.  Its own class asks for each of some
twenty settings three times in every such look: a fifth of all Python calls of a compilation.
"""

from __future__ import annotations

from typing import Any

from numba.core import compiler


class KernelFlags(compiler.Flags):  # type: ignore[misc]
    """Numba's flags, but equal only to others of this class.

    Examples
    --------
    >>> one, other = KernelFlags(), KernelFlags()
    >>> one == other, hash(one) == hash(other)
    (True, True)
    >>> other.no_compile = True
    >>> one == other
    False
    """

    def __hash__(self) -> int:
        # Settings may change after somebody has kept them as a key; there are few of them.
        return _HASH

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, KernelFlags):
            return False
        mine, theirs = self._values, other._values
        return bool(mine == theirs or {**_DEFAULTS, **mine} == {**_DEFAULTS, **theirs})


_HASH = hash(KernelFlags.__qualname__)
_DEFAULTS: dict[str, Any] = {
    name: option.default for name, option in compiler.Flags.options.items()
}


def kernel_flags() -> Any:
    """Settings for one compilation; numba's own where it keeps them in another way.

    Examples
    --------
    >>> kernel_flags() == kernel_flags()
    True
    """
    values = getattr(compiler.Flags(), "_values", None)
    return KernelFlags() if isinstance(values, dict) else compiler.Flags()
