"""A run: everything that decides its weights, as one object."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.agreement import agree, fingerprint, fingerprint_of, number_of
from fastavg.data.rows import Rows
from fastavg.data.sampling import Sampler
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.version import VERSION

# Bytes of weights from which on their copies count.
LARGE = 1 << 20


@dataclass(frozen=True, eq=False)
class Run:
    """What is trained, how, on which rows, and from where.

    Two runs that are equal in all four end with the same bits, whoever computes them.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        How.
    rows : Rows
        Training rows in the plan's dtype.
    start : array (n_weights,), optional
        The first weights, in the plan's dtype; drawn by the plan where they are needed if not
        given.
    """

    network: Network
    plan: Plan
    rows: Rows
    start: NDArray[np.floating] | None = None

    def first_weights(self) -> NDArray[np.floating]:
        """What training starts from; ``start`` itself if it was given."""
        if self.start is not None:
            return self.start
        plan = self.plan
        return self.network.initial_weights(plan.seed, plan.init, plan.numpy_dtype)

    @property
    def n_rows(self) -> int:
        """Training rows of all ranks."""
        return len(self.rows) if self.rows.cut is None else self.rows.cut.n_rows

    def sampler(self) -> Sampler:
        """The rows of every worker for every step.

        Raises
        ------
        ConfigError
            If the plan's samples cannot be drawn from these rows.
        """
        return self.plan.sampler(len(self.rows), self.rows.Y, self.rows.cut)


def is_large(network: Network, plan: Plan) -> bool:
    """True if the weights of a network are so many that their copies count.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        Says in which dtype.
    """
    return network.n_weights * plan.numpy_dtype.itemsize >= LARGE


def drawn_start(network: Network, plan: Plan) -> NDArray[np.floating] | None:
    """First weights for a :class:`Run`; None if they are so many that it should draw them.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        Its seed and ``init`` decide.
    """
    if is_large(network, plan):
        return None
    return network.initial_weights(plan.seed, plan.init, plan.numpy_dtype)


def agree_on(run: Run, communicator: Communicator) -> None:
    """Return if all ranks were given the same run.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    communicator : Communicator
        Between ranks.

    Raises
    ------
    RankMismatch
        On every rank; names the rank that stands apart and the field.
    """
    if communicator.size == 1:
        return
    plan, rows = run.plan, run.rows
    agree({
        "fastavg version": number_of(VERSION),
        "network": number_of(repr(run.network)),
        **{field.name: number_of(repr(getattr(plan, field.name))) for field in fields(plan)},
        "data": fingerprint(*rows.arrays) if rows.cut is None else _form_of(rows),
        "start": fingerprint_of(run.first_weights()),
    }, communicator)


def _form_of(rows: Rows) -> int:
    # Rows that stay with their ranks differ; they have to be of one form.
    assert rows.cut is not None
    dtypes = [array.dtype.str for array in rows.arrays]
    return number_of(repr((rows.cut.sizes, rows.X.shape[1], rows.Y.shape[1], dtypes)))
