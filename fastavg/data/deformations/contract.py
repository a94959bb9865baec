"""What a deformation is, and the family of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.options import Family

Rows = NDArray[np.floating]
Keys = NDArray[np.uint64]
Order = NDArray[np.int64]


class Deformation(Protocol):
    """Changes training rows, and leaves targets as they are; a frozen dataclass.

    The result is a function of a row and its key alone, and the key of (seed, epoch, row): so
    weights have the same bits for any number of processes and ranks.
    """

    @property
    def active(self) -> bool:
        """False if rows stay as they are."""
        ...

    def check(self, n_features: int) -> None:
        """Refuse rows that cannot be deformed.

        Parameters
        ----------
        n_features : int
            Numbers of a row.

        Raises
        ------
        ConfigError
        """
        ...

    def deform(
        self, rows: Rows, keys: Keys, out: Rows, order: Order | None = None
    ) -> None:
        """Write deformed rows.

        Parameters
        ----------
        rows : array (n_rows, n_features) of float32 or float64
            Rows as they are.
        keys : array (n,) of uint64
            The key of each, see :func:`fastavg.kernels.keyed.row_keys.row_keys`.
        out : array (n, n_features) like rows
            Overwritten; other memory than ``rows``.
        order : array (n,) of int64, optional
            Which rows; all of them in their order if not given.
        """
        ...


def rows_in(rows: Rows, order: Order | None) -> Rows:
    """The rows that a deformation is asked for.

    Parameters
    ----------
    rows : array (n_rows, n_features)
        Rows as they are.
    order : array (n,) of int64, optional
        Which rows; all of them if not given.
    """
    return rows if order is None else np.take(rows, order, axis=0, mode="clip")


class _Deformations(Family[Deformation]):
    """A family whose members can follow each other."""

    def make(self, given: Any) -> Deformation:
        """The member of a name or a table; several of them, one after the other.

        Parameters
        ----------
        given : str, mapping, member, sequence of them or None
            ``'affine,noise'`` and a sequence of two are the composition of both; None is none.

        Raises
        ------
        ConfigError
            If there is no such member, or it has no such option.
        """
        name = given.get("name") if isinstance(given, Mapping) else given
        if isinstance(name, str) and "," in name:
            name = [each.strip() for each in name.split(",")]
        if isinstance(name, Sequence) and not isinstance(name, str):
            if given is not name and isinstance(given, Mapping) and len(given) > 1:
                raise ConfigError(
                    f"augment {given['name']!r} has no options of its own; give a table for each "
                    "of its parts in a configuration file"
                )
            return super().make({"name": "compose", "parts": tuple(name)})
        return super().make("none" if given is None else given)


DEFORMATIONS: Family[Deformation] = _Deformations("augment", "fastavg.data.deformations")


class AnyRows:
    """Common part of deformations for rows of any length, be they images or not."""

    @property
    def active(self) -> bool:
        """Rows are deformed."""
        return True

    def check(self, n_features: int) -> None:
        """Any rows will do; see :meth:`Deformation.check`."""


@DEFORMATIONS.member("none")
@dataclass(frozen=True)
class Undeformed(AnyRows):
    """Leave rows as they are.

    Examples
    --------
    >>> Undeformed().active
    False
    """

    @property
    def active(self) -> bool:
        """Nothing is deformed."""
        return False

    def deform(
        self, rows: Rows, keys: Keys, out: Rows, order: Order | None = None
    ) -> None:
        """Copy the rows; see :meth:`Deformation.deform`."""
        out[:] = rows_in(rows, order)
