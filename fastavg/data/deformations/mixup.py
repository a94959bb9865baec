"""Mixtures of two rows (Zhang, Cisse, Dauphin and Lopez-Paz 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastavg.data.deformations.composed import Compose
from fastavg.data.deformations.contract import (
    DEFORMATIONS,
    AnyRows,
    Deformation,
    Keys,
    Order,
    Rows,
    rows_in,
)
from fastavg.options import POSITIVE, check_options, option

# Mixtures draw other numbers from a row's key than what deforms the row.
_PURPOSE = 0xC13FA9A902A6328F


@DEFORMATIONS.member("mixup")
@dataclass(frozen=True)
class Mixup(AnyRows):
    """Each row of a step is mixed with the one before it, after all other deformations.

    The mixture is ``p row + (1 - p) other``, with p from the Beta distribution of ``alpha``
    and ``alpha``; its target is the row's with probability p, or the other's.  On average that
    is the gradient of mixed targets.

    Parameters
    ----------
    alpha : float
        Parameter of the beta distribution from which proportions are drawn: small values leave most
        rows nearly unchanged, 1 draws them uniformly.

    Raises
    ------
    ConfigError
        If the value is impossible.

    Examples
    --------
    >>> Mixup(0.4).alpha
    0.4
    """

    alpha: float = option(0.2, check=POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)

    def deform(
        self, rows: Rows, keys: Keys, out: Rows, order: Order | None = None
    ) -> None:
        """Copy the rows; they are mixed at last.  See :meth:`Deformation.deform`."""
        out[:] = rows_in(rows, order)

    def mix(
        self, rows: Rows, targets: Rows, keys: Keys, steps: NDArray[np.int64]
    ) -> tuple[Rows, Rows]:
        """Mixtures of rows, and their targets.

        Parameters
        ----------
        rows : array (n, n_features) of float32 or float64
            The rows of some steps, deformed.
        targets : array (n, n_targets)
            Theirs.
        keys : array (n,) of uint64
            As for :meth:`Deformation.deform`.
        steps : array (n_steps, 2) of int64
            Where each step's rows begin, and how many they are.

        Returns
        -------
        tuple of array (n, n_features) and array (n, n_targets)
            In the order of the rows.
        """
        from scipy.special import betaincinv

        from fastavg.kernels.keyed.row_keys import uniforms

        drawn = np.empty((2, len(rows)))
        for number in range(2):
            uniforms(keys + np.uint64(_PURPOSE), number, drawn[number])
        part = betaincinv(self.alpha, self.alpha, drawn[0])
        others = np.arange(len(rows)) - 1
        full = steps[steps[:, 1] > 0]
        others[full[:, 0]] = full.sum(axis=1) - 1
        p = part.astype(rows.dtype)[:, None]
        mixed = p * rows + (1 - p) * rows[others]
        own = (drawn[1] < part)[:, None]
        return mixed, np.where(own, targets, targets[others])


def mixup_of(deformation: Deformation) -> Mixup | None:
    """The mixture among deformations; None if there is none.

    Parameters
    ----------
    deformation : Deformation
        One, or a composition of several.

    Examples
    --------
    >>> mixup_of(Compose(("noise", Mixup(0.4))))
    Mixup(alpha=0.4)
    """
    if isinstance(deformation, Mixup):
        return deformation
    parts = deformation.parts if isinstance(deformation, Compose) else ()
    return next((found for part in parts if (found := mixup_of(part)) is not None), None)
