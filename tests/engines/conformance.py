"""What every engine must do: one function a promise, called with a cluster.

A cluster has ``worker``, what an engine calls a worker, ``asks``, the parameter for a number of
ranks, ``size``, how many ranks it has room for, and ``fit(kind, X, y, sample_weight=,
ranks=, max_restarts=, **options)``, which returns the weights of a fit on it.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
import traceback

import numpy as np

from fastavg import MLPClassifier, MLPRegressor
from fastavg.errors import ConfigError, RankLost
from tests.engines.problem import (
    ENDLESS,
    OPTIONS,
    STRUCK,
    digest,
    in_parts,
    local,
    rows,
    weights_of_rows,
)
from tests.engines.strike import Strike

# Of this machine, on which all workers are.
HOSTS = {socket.gethostname(), socket.gethostbyname(socket.gethostname()), "localhost", "127.0.0.1"}


def raised(function, *kinds):
    """The error that it ends with."""
    try:
        function()
    except kinds as error:
        return error
    raise AssertionError("it did not fail")


def weights_are_those_of_a_local_fit(cluster):
    X, y = rows()
    expected = local(MLPClassifier, X, y)
    for ranks in range(1, cluster.size + 1):
        assert digest(cluster.fit("classifier", X, y, ranks=ranks, **OPTIONS)) == expected


def every_sampling_has_its_bits(cluster):
    X, y = rows()
    for sampling in ("resample", "stratified"):
        options = {**OPTIONS, "sampling": sampling}
        found = cluster.fit("classifier", X, y, ranks=cluster.size, **options)
        assert digest(found) == local(MLPClassifier, X, y, options=options)


def rows_stay_with_their_ranks(cluster):
    X, y = rows()
    # Classes of different sizes.
    y, weights = np.where(y < 7, y, 0), weights_of_rows()
    options = {**OPTIONS, "sampling": "partitions", "class_weight": "balanced"}
    expected = local(MLPClassifier, X, y, options=options, sample_weight=weights)
    for ranks in range(1, cluster.size + 1):
        found = cluster.fit("classifier", X, y, sample_weight=weights, ranks=ranks, **options)
        assert digest(found) == expected


def rows_that_stay_are_held_out(cluster):
    X, _ = rows()
    y = X[:, 200] + 2 * X[:, 210]
    options = {**OPTIONS, "sampling": "partitions", "early_stopping": True}
    found = {
        digest(cluster.fit("regressor", X, y, ranks=ranks, **options))
        for ranks in range(1, cluster.size + 1)
    }
    assert found == {in_parts(MLPRegressor, X, y, options=options)}


def rows_have_weights(cluster):
    X, y = rows()
    weights = weights_of_rows()
    found = cluster.fit(
        "classifier", X, y, sample_weight=weights, ranks=cluster.size, **OPTIONS
    )
    assert digest(found) == local(MLPClassifier, X, y, sample_weight=weights)


def numbers_are_fitted(cluster):
    X, _ = rows()
    y = X[:, 200] + 2 * X[:, 210]
    assert digest(cluster.fit("regressor", X, y, ranks=1, **OPTIONS)) == local(MLPRegressor, X, y)


def too_many_ranks_are_refused_with_the_numbers(cluster):
    X, y = rows()
    asked = cluster.size + 1
    error = raised(
        lambda: cluster.fit("classifier", X, y, ranks=asked, **OPTIONS), ConfigError
    )
    assert str(error).startswith(
        f"{cluster.asks} is {asked} and the cluster has room for {cluster.size}; "
    )


def an_error_on_the_ranks_is_raised_here(cluster):
    X, y = rows()
    wrong = raised(
        lambda: cluster.fit(
            "regressor", X, np.where(y == 3, np.nan, y), ranks=cluster.size, **OPTIONS
        ), ValueError,
    )
    # Spark takes NaN for a number that is missing.
    assert "contains NaN" in str(wrong) or "label_col 'label' is missing in" in str(wrong)


def two_fits_at_once_both_end(cluster):
    X, y = rows()
    found = [None, None]

    def one(number):
        try:
            found[number] = digest(
                cluster.fit("classifier", X, y, ranks=cluster.size, **OPTIONS)
            )
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert found == [local(MLPClassifier, X, y)] * 2


def a_lost_worker_is_named(cluster, rank=1):
    X, y = rows()
    with tempfile.TemporaryDirectory() as folder:
        strike = Strike(os.path.join(folder, "moment"), rank)
        lost = raised(
            lambda: cluster.fit(
                "classifier", X, y, ranks=2, **{**ENDLESS, "callbacks": [strike]}
            ), RankLost,
        )
        assert os.path.exists(strike.path), f"another loss than the one made here: {lost}"
        cluster.seconds = time.time() - strike.moment()
    assert lost.rank == rank
    assert lost.host in HOSTS
    for part in (f"rank {rank}", cluster.worker, lost.host):
        assert part in str(lost)
    return str(lost)


def a_fit_that_is_started_again_ends_in_the_same_bits(cluster, rank=1, **options):
    X, y = rows()
    struck = {**STRUCK, **options}
    with tempfile.TemporaryDirectory() as folder:
        strike = Strike(os.path.join(folder, "moment"), rank, epoch=20)
        found = cluster.fit(
            "classifier", X, y, ranks=2, max_restarts=1, **{**struck, "callbacks": [strike]}
        )
        assert os.path.exists(strike.path)
    assert digest(found) == local(MLPClassifier, X, y, options=struck)


def rows_that_stayed_are_read_again_after_a_loss(cluster):
    a_fit_that_is_started_again_ends_in_the_same_bits(cluster, sampling="partitions")


def nothing_is_left_in_the_folder_of_copies(cluster):
    del cluster
    left = [
        name for name in os.listdir(tempfile.gettempdir())
        if name.startswith(f"fastavg-{os.getuid()}-")
    ]
    assert left == []


PROMISES = (
    weights_are_those_of_a_local_fit,
    every_sampling_has_its_bits,
    rows_have_weights,
    numbers_are_fitted,
    too_many_ranks_are_refused_with_the_numbers,
    an_error_on_the_ranks_is_raised_here,
    two_fits_at_once_both_end,
    a_fit_that_is_started_again_ends_in_the_same_bits,
    nothing_is_left_in_the_folder_of_copies,
    a_lost_worker_is_named,
)
# Of engines that send each rank the rows of its own workers alone.
OF_PARTS = (
    rows_stay_with_their_ranks,
    rows_that_stay_are_held_out,
    rows_that_stayed_are_read_again_after_a_loss,
)
NAMES = [promise.__name__ for promise in PROMISES]


def kept(cluster, promises=PROMISES):
    """For every promise an empty text, or what was wrong."""
    found = {}
    for promise in promises:
        try:
            promise(cluster)
            found[promise.__name__] = ""
        except Exception:
            found[promise.__name__] = traceback.format_exc()
    return found
