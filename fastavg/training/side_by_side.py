"""Several networks that are trained side by side, each by itself.

.. code-block:: text

    member 0 --> its own run --.
    member 1 --> its own run --+--> as many at a time as there are processors, in turns
    member 2 --> its own run --'

A member depends on its number alone, so that any number of processors trains the same
networks.  Kernels run without Python's lock: threads of one process, which share the rows,
are as good as processes, and start at once.  All members go on in turns, so that none is
left over at the end for one processor alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from fastavg.machine.blas_threads import one_blas_thread
from fastavg.plan.execution import Execution
from fastavg.training.observers.events import Observer, RoundFinished
from fastavg.training.turns import Turns

Result = TypeVar("Result")


class Cancelled(Exception):
    """Another member has failed, or the whole training was ended."""


class _Passing(Observer):
    """Lets another member go on after every round; ends all where one has ended."""

    def __init__(self, turns: Turns, ended: threading.Event) -> None:
        self._turns, self._ended = turns, ended

    def on_round(self, event: RoundFinished) -> bool:
        if self._ended.is_set():
            raise Cancelled
        self._turns.pass_on()
        return False


def side_by_side(
    numbers: Sequence[int], at_once: int, train: Callable[[int, Sequence[Observer]], Result]
) -> list[Result]:
    """Train members in turns; what each of them is.

    Parameters
    ----------
    numbers : sequence of int
        Of the members.
    at_once : int
        How many are trained at the same time.  Changes no bit.
    train : callable
        From a member's number, and observers that have to hear of its rounds, to what the
        member is.  It is called in a thread.

    Returns
    -------
    list
        In the order of the numbers.

    Raises
    ------
    Exception
        What the first member raised that failed; the others end with their next round.
    """
    threads = max(1, min(at_once, len(numbers)))
    with one_blas_thread():
        if threads == 1:
            return [train(number, ()) for number in numbers]
        turns, ended = Turns(threads), threading.Event()
        passing = (_Passing(turns, ended),)

        def one(number: int) -> Result:
            turns.take()
            try:
                if ended.is_set():
                    raise Cancelled
                return train(number, passing)
            except BaseException:
                ended.set()
                raise
            finally:
                turns.give()

        # The first round of the first member compiles what all of them use.
        with ThreadPoolExecutor(len(numbers)) as pool:
            try:
                running = [pool.submit(one, number) for number in numbers]
                failed = [found for each in running if (found := each.exception()) is not None]
            except BaseException:
                # A signal: members leave their checkpoints.
                ended.set()
                raise
        for error in failed:
            if not isinstance(error, Cancelled):
                raise error
        return [each.result() for each in running]


def of_member(execution: Execution, member: int, *observers: Observer) -> Execution:
    """The execution of one member: one process, and checkpoints in a file of its own.

    Parameters
    ----------
    execution : Execution
        Of all members.
    member : int
        Its number, from 0, which is added to the names of files.
    *observers : Observer
        Its own.

    Examples
    --------
    >>> str(of_member(Execution(checkpoint="run.checkpoint"), 3).checkpoint)
    'run.checkpoint.3'
    """
    def own(path: str | Path | None) -> str | Path | None:
        return path if path is None or path == "auto" else Path(f"{path}.{member}")

    resume = own(execution.resume)
    if resume is not None and resume != "auto" and not Path(resume).exists():
        # A member that had not begun begins; if none had, the missing file is named.
        begun = Path(f"{execution.resume}.0").exists()
        resume = None if begun else resume
    return replace(
        execution, processes=1, checkpoint=own(execution.checkpoint), resume=resume,
        observers=observers,
    )
