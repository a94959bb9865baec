"""What is left of a run that ends by an error or a signal: its last complete round."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from fastavg.errors import Diverged
from fastavg.training.checkpoints.contract import Committed, Store
from fastavg.training.published import published


@contextlib.contextmanager
def rescuing(session: Committed, store: Store | None) -> Iterator[None]:
    """Save the last complete round when an error or a signal ends training.

    Parameters
    ----------
    session : Committed
        The run.
    store : Store or None
        Where the round is saved; None for nowhere.

    Raises
    ------
    BaseException
        Whatever was raised inside; a :class:`~fastavg.Diverged` holds the published weights
        from before the round that diverged.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, Diverged):
            center = session.buffers.center(error.round)
            state = session.rule_states[error.round % 2]
            error.weights = published(session.run.plan, center, state).copy()
        if store is not None:
            store.rescue(session)
        raise
