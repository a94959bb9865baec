"""``python -m tests.engines.on_ranks [RANK SIZE PORT KEY]``: fits on ranks without an engine.

The ranks are those of mpiexec, or meet at a port.  With shards each has all rows, with
partitions it is given those of its own workers alone, as an engine would hand them over.
"""

from __future__ import annotations

import json
import sys
import warnings

from fastavg import MLPClassifier
from fastavg.communicators import TCPCommunicator, connect
from fastavg.communicators.collectives import gather_values
from fastavg.engines.part_exchange import Part, cut_for_ranks
from fastavg.estimators.part_fit import fit_on_parts
from tests.engines.problem import OPTIONS, digest, rows

SAMPLINGS = ("shards", "partitions")


def digest_on(ranks, sampling):
    """The digest of the weights, which all ranks must have."""
    X, y = rows()
    model = MLPClassifier(**OPTIONS, sampling=sampling, communicator=ranks)
    if sampling == "partitions":
        own = cut_for_ranks(Part(X, y), model.workers, ranks.size)[ranks.rank]
        fit_on_parts(model, own.pieces, own.n_rows, ranks)
    else:
        model.fit(X, y)
    (found,) = set(gather_values(digest(model.weights_), ranks))
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1:]:
        rank, size, port, key = sys.argv[1:]
        between = TCPCommunicator(f"127.0.0.1:{port}", int(rank), int(size), key)
    else:
        between = connect("mpi")
    record = {sampling: digest_on(between, sampling) for sampling in SAMPLINGS}
    if between.rank == 0:
        sys.stdout.write(json.dumps(record) + "\n")
    between.close()
