"""Send each row of a data frame to the task of the rank whose worker trains on it.

.. code-block:: text

    order       partition of the data frame and place in it, which Spark gives each row
    first       the order of the first row of each rank, by an even cut of all rows
    key         a number whose hash sends a row to the partition of its rank
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, functions

from fastavg.data.partitions import even_cut
from fastavg.data.parts.piece_parts import bounds_of
from fastavg.spark.barrier_rank import PLACE_BITS

# Numbers that are tried for each partition; that none of them hits it has odds of e ** -64.
TRIES = 64


def rows_of_partitions(frame: DataFrame) -> dict[int, int]:
    """Rows of each partition that has some.

    Parameters
    ----------
    frame : DataFrame
        With a column ``order``, as ``monotonically_increasing_id`` makes it.
    """
    partition = functions.shiftright("order", PLACE_BITS).alias("partition")
    # Not by name: a row of Spark has a method that is called count.
    counted = frame.groupBy(partition).agg(functions.count("order").alias("rows")).collect()
    return {int(row["partition"]): int(row["rows"]) for row in counted}


def first_orders(lengths: Mapping[int, int], workers: int, ranks: int) -> list[int]:
    """The order of the first row of each rank.

    Parameters
    ----------
    lengths : mapping of int to int
        Rows of each partition that has some.
    workers : int
        Workers of all ranks.
    ranks : int
        How many.

    Returns
    -------
    list of int
        Of a rank without workers that of the next one; above all others if there is none.

    Raises
    ------
    ConfigError
        If there are more workers than rows.

    Examples
    --------
    >>> [divmod(first, 2**PLACE_BITS) for first in first_orders({0: 3, 2: 5}, 2, 2)]
    [(0, 0), (2, 1)]
    """
    cut = even_cut(sum(lengths.values()), workers)
    partitions = sorted(lengths)
    ends = list(itertools.accumulate(lengths[partition] for partition in partitions))
    found = []
    for rank in range(ranks):
        position, _ = bounds_of(cut, rank, ranks)
        for partition, end in zip(partitions, ends, strict=True):
            if position < end:
                place = position - (end - lengths[partition])
                found.append((partition << PLACE_BITS) + place)
                break
        else:
            found.append((partitions[-1] + 1) << PLACE_BITS)
    return found


def to_owners(frame: DataFrame, firsts: Sequence[int]) -> DataFrame:
    """The same rows in as many partitions as there are ranks, each with those of its workers.

    Parameters
    ----------
    frame : DataFrame
        With a column ``order``, as ``monotonically_increasing_id`` makes it.
    firsts : sequence of int
        The order of the first row of each rank; see :func:`first_orders`.
    """
    keys = [functions.lit(key).cast("bigint") for key in keys_of(frame.sparkSession, len(firsts))]
    key = keys[0]
    for first, later in zip(firsts[1:], keys[1:], strict=True):
        key = functions.when(functions.col("order") >= first, later).otherwise(key)
    return frame.repartition(len(firsts), key)


def keys_of(spark: Any, ranks: int) -> list[int]:
    """For each partition a number that Spark's hash sends there.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Knows the hash.
    ranks : int
        Number of partitions.
    """
    place = functions.pmod(functions.hash("id"), functions.lit(ranks)).alias("place")
    tried = spark.range(0, TRIES * ranks, 1, 1).select("id", place).collect()
    keys = {int(row["place"]): int(row["id"]) for row in tried}
    return [keys[rank] for rank in range(ranks)]
