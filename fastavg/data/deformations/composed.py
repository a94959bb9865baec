"""Deformations that follow each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastavg.data.deformations.contract import DEFORMATIONS, Deformation, Keys, Order, Rows
from fastavg.errors import ConfigError
from fastavg.options import option

# Each part draws numbers of its own from a row's key.
_STEP = 0xD1B54A32D192ED03


@DEFORMATIONS.member("compose")
@dataclass(frozen=True)
class Compose:
    """Several deformations, one after the other.

    Parameters
    ----------
    parts : tuple of Deformation, str or dict
        The deformations, in the order of their use.

    Raises
    ------
    ConfigError
        If there is none, or one of them cannot be made.

    Examples
    --------
    >>> from fastavg.data.deformations import Affine, Noise
    >>> len(Compose((Affine(rotation=15), "noise")).parts)
    2
    """

    parts: tuple[Deformation, ...] = option(())

    def __post_init__(self) -> None:
        if isinstance(self.parts, str) or not self.parts:
            raise ConfigError(
                f"parts is {self.parts!r}; it must be a list of deformations, such as affine and "
                "noise"
            )
        object.__setattr__(self, "parts", tuple(map(DEFORMATIONS.make, self.parts)))

    @property
    def active(self) -> bool:
        """True if one of the parts is."""
        return any(part.active for part in self.parts)

    def check(self, n_features: int) -> None:
        """Refuse rows that one of the parts refuses; see :meth:`Deformation.check`."""
        for part in self.parts:
            part.check(n_features)

    def deform(
        self, rows: Rows, keys: Keys, out: Rows, order: Order | None = None
    ) -> None:
        """Let each part deform what the one before it has left; see :meth:`Deformation.deform`."""
        spare = np.empty_like(out)
        for number, part in enumerate(self.parts):
            # The last one writes to ``out``.
            target = spare if (len(self.parts) - number) % 2 == 0 else out
            part.deform(rows, keys + np.uint64(number * _STEP % 2**64), target, order)
            rows, order = target, None
