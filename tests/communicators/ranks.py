"""Runs a function on several ranks that are threads."""

from __future__ import annotations

import threading

from fastavg.communicators import ThreadedCommunicator


def on_ranks(size, function, timeout=60.0):
    """What ``function(communicator)`` returns on each rank; the first error is raised here."""
    results, errors = [None] * size, []

    def one(communicator):
        try:
            results[communicator.rank] = function(communicator)
        except BaseException as error:
            errors.append(error)
        finally:
            communicator.close()

    threads = [
        threading.Thread(target=one, args=(communicator,))
        for communicator in ThreadedCommunicator.group(size, timeout)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
