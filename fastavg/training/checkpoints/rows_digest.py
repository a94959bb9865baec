"""A digest of training rows, which tells a checkpoint of these rows from one of others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from fastavg.communicators import Communicator
from fastavg.data.partition_sampler import PartitionSampler
from fastavg.data.rows import Rows
from fastavg.data.sparse_rows import SparseRows
from fastavg.training.run import Run

# Rows of a file that are digested at a time.
BLOCK = 1 << 14


def rows_digest(run: Run, communicator: Communicator) -> str:
    """SHA-256 of the training rows; a collective if each rank has its own parts.

    Rows of ``partitions`` are digested part by part, so that the digest is the same whether
    a rank has all parts or its own ones alone.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    communicator : Communicator
        Between ranks.

    Returns
    -------
    str
        In hexadecimal; of all rows on rank 0, and on every rank if each has its own parts.
    """
    sampler = run.sampler()
    if not isinstance(sampler, PartitionSampler) or isinstance(run.rows.X, SparseRows):
        return _digest(run.rows)
    cut = sampler.parts
    digests = np.zeros((len(cut.sizes), 4), np.int64)
    for part in cut.held:
        start, size = cut.start(part), cut.sizes[part]
        stream = run.rows.stream
        if stream is None:
            blocks = iter([_part(run.rows, slice(start, start + size))])
        else:
            step = min(stream.window or size, BLOCK)
            blocks = (
                stream.read(part, at, min(at + step, size)) for at in range(0, size, step)
            )
        digests[part] = np.frombuffer(_digest_of_blocks(blocks), np.int64)
    if run.rows.cut is not None:
        communicator.allreduce(digests.reshape(-1))
    return hashlib.sha256(repr(cut.sizes).encode() + digests.tobytes()).hexdigest()


def _part(rows: Rows, part: slice) -> Rows:
    return replace(rows, X=rows.X[part], Y=rows.Y[part], weights=rows.weights[part])


def _digest(rows: Rows) -> str:
    digest = hashlib.sha256()
    for array in rows.arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _digest_of_blocks(blocks: Iterator[Rows]) -> bytes:
    # The same for any blocks: each array has a digest of its own.
    digests: list[Any] = []
    for block in blocks:
        for at, array in enumerate(block.arrays):
            if len(digests) <= at:
                digests.append(hashlib.sha256(repr((array.shape[1:], array.dtype.str)).encode()))
            digests[at].update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return hashlib.sha256(b"".join(each.digest() for each in digests)).digest()
