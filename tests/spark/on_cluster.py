"""``python -m tests.spark.on_cluster RECORD``: fits on Spark executors, and what came of them."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time

import numpy as np
import pandas as pd
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import SparkSession, functions

from fastavg import DataError, MLPClassifier
from fastavg.spark import (
    SparkMLPClassificationModel,
    SparkMLPClassifier,
    SparkMLPRegressionModel,
    SparkMLPRegressor,
)
from fastavg.spark.barrier_rank import PLACE_BITS
from tests.engines.conformance import OF_PARTS, PROMISES, kept, raised
from tests.engines.problem import OPTIONS, digest, in_parts, local, rows, weights_of_rows

KINDS = {"classifier": SparkMLPClassifier, "regressor": SparkMLPRegressor}


@contextlib.contextmanager
def cluster(size=2):
    """Two executors with half of so many cores and a gigabyte each, in processes of their own."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master(f"local-cluster[2,{size // 2},1024]").appName("fastavg")
        .config("spark.ui.enabled", "false").config("spark.driver.memory", "1g")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .config("spark.sql.shuffle.partitions", "2").config("spark.log.level", "OFF")
        .getOrCreate()
    )
    try:
        yield Cluster(spark, size)
    finally:
        spark.stop()


def frame(spark, X, y, **more):
    """The rows as a data frame with vectors."""
    table = pd.DataFrame({"features": list(X), "label": np.asarray(y, float), **more})
    made = spark.createDataFrame(table).coalesce(1)
    return made.select(
        array_to_vector(functions.col("features")).alias("features"),
        *[name for name in table if name != "features"],
    )


class Cluster:
    """What the conformance suite asks for."""

    worker, asks = "Spark executor", "num_workers"

    def __init__(self, spark, size=2):
        self.spark, self.size, self.seconds = spark, size, None

    def fit(self, kind, X, y, sample_weight=None, ranks=None, **options):
        columns = {} if sample_weight is None else {"w": sample_weight}
        named = {} if sample_weight is None else {"weight_col": "w"}
        model = KINDS[kind](num_workers=ranks, **named, **options)
        return model.fit(frame(self.spark, X, y, **columns)).to_local().weights


def of_spark(spark):
    """What the conformance suite does not ask for."""
    X, y = rows()
    held = np.arange(2000) % 5 == 0
    data = frame(spark, X, y, w=weights_of_rows(), held=held)
    model = SparkMLPClassifier(
        weight_col="w", validation_indicator_col="held", num_workers=2, **OPTIONS
    ).fit(data)
    expected = local(
        MLPClassifier, X, y, options={**OPTIONS, "early_stopping": True},
        sample_weight=weights_of_rows(), validation_rows=held,
    )
    assert digest(model.to_local().weights) == expected
    assert len(model.curves["validation_scores_"]) == 3
    found = model.transform(data).toPandas()
    assert np.array_equal(found["prediction"], model.to_local().predict(X))
    chances = np.stack([row.toArray() for row in found["probability"]])
    # BLAS may round the last rows of a batch in another way than those before them.
    np.testing.assert_allclose(chances, model.to_local().predict_proba(X), rtol=1e-5, atol=1e-7)
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/model")
        again = SparkMLPClassificationModel.load(f"{folder}/model")
    assert again.content == model.content
    assert again.curves == model.curves
    assert again.getWeightCol() == "w"
    assert again.transform(data).select("prediction").toPandas().equals(found[["prediction"]])
    numbers = SparkMLPRegressor(num_workers=1, prediction_col="guess", **OPTIONS).fit(data)
    assert isinstance(numbers, SparkMLPRegressionModel)
    assert "guess" in numbers.transform(data).columns
    floats = data.select(functions.array("w").cast("array<float>").alias("features"), "label")
    assert SparkMLPRegressor(num_workers=1, **OPTIONS).fit(floats).to_local().weights.dtype == "f4"
    for said, function in {
        "the data frame has no rows": lambda: SparkMLPClassifier().fit(data.limit(0)),
        "features_col 'label' holds double": lambda: SparkMLPClassifier(
            features_col="label"
        ).fit(data),
        "label_col 'held' holds boolean": lambda: SparkMLPClassifier(label_col="held").fit(data),
    }.items():
        assert said in str(raised(function, ValueError))


def of_parts(spark):
    """Data frames in partitions of other lengths than the ranks' with ``sampling="partitions"``."""
    X, y = rows()
    held, weights = np.arange(2000) % 5 == 0, weights_of_rows()
    options = {**OPTIONS, "sampling": "partitions"}
    data = frame(spark, X, y, w=weights, held=held)
    # A sort of Spark: its partitions are of other lengths, and some are joined.
    data = data.withColumn("place", functions.monotonically_increasing_id())
    data = data.repartition(7).orderBy("place").drop("place")
    named = {"weight_col": "w", "validation_indicator_col": "held"}
    expected = in_parts(
        MLPClassifier, X, y, weights, held, options={**options, "early_stopping": True}
    )
    for tasks in (1, 2):
        model = SparkMLPClassifier(num_workers=tasks, **named, **options).fit(data)
        assert digest(model.to_local().weights) == expected
    assert not spark.sparkContext._jsc.getPersistentRDDs()
    model = SparkMLPClassifier(num_workers=2, **options)
    assert "the data frame has no rows" in str(raised(lambda: model.fit(data.limit(0)), ValueError))
    many = SparkMLPClassifier(num_workers=2, **{**options, "workers": 2001})
    assert "2001 workers cannot share 2000 training rows" in str(
        raised(lambda: many.fit(data), ValueError)
    )


def said_by(data, **options):
    """The sentence in which a fit of bad rows ends."""
    model = SparkMLPClassifier(num_workers=2, **{**OPTIONS, **options})
    return str(raised(lambda: model.fit(data), DataError))


def bad_rows(spark):
    """A row that cannot be used, of one task alone, ends all tasks in one sentence at once."""
    X, y = rows()
    data = frame(spark, X[:200], y[:200]).repartition(4)
    place = functions.monotonically_increasing_id()
    row = 2 ** PLACE_BITS + 3
    short = functions.slice(vector_to_array("features"), 1, 5)
    other = data.withColumn("features", functions.when(
        place == row, short
    ).otherwise(vector_to_array("features")))
    empty = data.withColumn("label", functions.when(place != row, functions.col("label")))
    for sampling in ("shards", "partitions"):
        for broken, said in (
            (other, "features_col 'features' has 5 numbers in row 3 of partition 1, and 400 in the "
                    "first row; all rows need the same"),
            (empty, "label_col 'label' is missing in row 3 of partition 1; each row needs it"),
        ):
            began = time.monotonic()
            assert said_by(broken, sampling=sampling) == said
            assert time.monotonic() - began < 60
    unreadable(spark)


def unreadable(spark):
    """A file with other types than the first one, and one that is damaged."""
    with tempfile.TemporaryDirectory() as folder:
        schema = "features array<double>, label double"
        for name, numbers in (("a", [[0.5, 1.5]] * 8), ("b", [["x", "y"]] * 8)):
            pd.DataFrame({"features": numbers, "label": np.arange(8.0) % 2}).to_parquet(
                f"{folder}/{name}.parquet"
            )
        error = said_by(spark.read.schema(schema).parquet(folder))
        assert "b.parquet" in error, error
        assert "features" in error, error
        assert "\n" not in error
        with open(f"{folder}/b.parquet", "wb") as file:
            file.write(b"PAR1" + bytes(100))
        error = said_by(spark.read.schema(schema).parquet(folder))
        assert "b.parquet" in error, error
        assert "\n" not in error


def main(path):
    with cluster() as made:
        of_spark(made.spark)
        of_parts(made.spark)
        bad_rows(made.spark)
        found = {**kept(made, (*OF_PARTS, *PROMISES)), "seconds": made.seconds}
    with open(path, "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1])
