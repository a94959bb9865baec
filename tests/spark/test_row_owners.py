"""Each row goes to the task of the rank whose worker trains on it."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession, functions

from fastavg.data.partitions import even_cut
from fastavg.data.parts.piece_parts import bounds_of
from fastavg.errors import ConfigError
from fastavg.spark.row_owners import (
    PLACE_BITS,
    first_orders,
    keys_of,
    rows_of_partitions,
    to_owners,
)

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def spark():
    made = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2").getOrCreate()
    )
    yield made
    made.stop()


@pytest.mark.parametrize(("ranks", "workers"), [(1, 4), (2, 5), (3, 5), (4, 3)])
def test_a_partition_has_the_rows_of_its_own_workers(spark, ranks, workers):
    # Partitions of other lengths, some without a row.
    data = spark.range(0, 40, 1, 5).where("id % 3 > 0 and (id < 8 or id > 15)")
    frame = data.withColumn("order", functions.monotonically_increasing_id())
    lengths = rows_of_partitions(frame)
    expected = [row["id"] for row in data.collect()]
    assert (len(lengths), sum(lengths.values())) == (4, len(expected))
    sent = to_owners(frame, first_orders(lengths, workers, ranks))
    place = functions.spark_partition_id().alias("rank")
    found = sent.select("id", "order", place).orderBy("order").collect()
    assert [row["id"] for row in found] == expected
    assert [row["rank"] for row in found] == [
        rank for rank in range(ranks)
        for _ in range(*bounds_of(even_cut(len(expected), workers), rank, ranks))
    ]


def test_the_first_row_of_a_rank_may_be_in_any_partition():
    lengths = {3: 4, 1: 2, 6: 2}
    found = [divmod(order, 2**PLACE_BITS) for order in first_orders(lengths, 4, 4)]
    assert found == [(1, 0), (3, 0), (3, 2), (6, 0)]
    # Ranks without workers of their own.
    found = [divmod(order, 2**PLACE_BITS) for order in first_orders(lengths, 1, 2)]
    assert found in ([(1, 0), (7, 0)], [(1, 0), (1, 0)])
    with pytest.raises(ConfigError, match="9 workers cannot share 8 training rows"):
        first_orders(lengths, 9, 2)


def test_keys_hit_every_partition(spark):
    assert len(set(keys_of(spark, 7))) == 7
