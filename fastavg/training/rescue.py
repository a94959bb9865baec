"""What is left of a run that ends by an error or a signal: its last complete round."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastavg.errors import Diverged
from fastavg.training.checkpoints.contract import Store

if TYPE_CHECKING:
    from fastavg.training.session import Session


@contextlib.contextmanager
def rescuing(session: Session, store: Store | None) -> Iterator[None]:
    """Save the last complete round when an error or a signal ends training.

    Parameters
    ----------
    session : Session
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
            error.weights = session.published(error.round).copy()
        if store is not None:
            store.rescue(session)
        raise
