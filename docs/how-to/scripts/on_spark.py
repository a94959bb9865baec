"""Digits in two tasks of a Spark application of this machine."""

import tempfile

import pandas as pd
from pyspark.ml.functions import array_to_vector
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

from fastavg.datasets import load_digits5k
from fastavg.spark import SparkMLPClassificationModel, SparkMLPClassifier

if __name__ == "__main__":
    # Two tasks at once on this machine, to try it; spark-submit sets the master of a cluster.
    spark = SparkSession.builder.master("local[2]").getOrCreate()
    X, y = load_digits5k()
    table = spark.createDataFrame(pd.DataFrame({"pixels": list(X), "label": y}))
    data = table.select(array_to_vector(col("pixels")).alias("features"), "label")

    model = SparkMLPClassifier(
        num_workers=2, max_restarts=1, hidden_layer_sizes=(25,), workers=4, tol=0.01, random_state=0
    ).fit(data)
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/digits")
        again = SparkMLPClassificationModel.load(f"{folder}/digits")
        found = again.transform(data).where("prediction = label").count() / data.count()
    spark.stop()

    # A fastavg Model that needs no Spark; it would save itself as one file.
    assert abs(model.to_local().score(X, y) - found) < 1e-9
    print(found)
