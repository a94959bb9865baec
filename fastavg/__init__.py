"""fastavg: feed-forward networks on every core and every node, by averaging models.

Names are imported when they are first used, so that ``import fastavg`` is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastavg.version import VERSION as __version__

if TYPE_CHECKING:
    from fastavg.network import Network as Network

_HOMES = {
    "Network": "fastavg.network",
}

__all__ = ["Network", "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'fastavg' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
