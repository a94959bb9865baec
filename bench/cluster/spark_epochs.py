"""(c) on Spark's MultilayerPerceptronClassifier: needs ``pip install pyspark`` and Java.

``python -m bench.cluster.spark_epochs`` prints seconds for an L-BFGS iteration over all
rows on all cores.  It has logistic hidden units and no mini-batches of its own.
"""

from __future__ import annotations

import time

from pyspark.ml.classification import MultilayerPerceptronClassifier
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession

from bench.workloads import WORKLOADS

ITERATIONS = (2, 12)


def main() -> None:
    work = WORKLOADS["c"]
    X, y = work.data()
    session = SparkSession.builder.master("local[*]").config(
        "spark.driver.memory", "8g").getOrCreate()
    try:
        rows = [(float(label), Vectors.dense(row)) for label, row in zip(y, X, strict=True)]
        frame = session.createDataFrame(rows, ["label", "features"]).cache()
        frame.count()
        seconds = []
        for iterations in ITERATIONS:
            model = MultilayerPerceptronClassifier(
                layers=list(work.layer_sizes), maxIter=iterations, solver="l-bfgs", seed=0)
            started = time.perf_counter()
            model.fit(frame)
            seconds.append(time.perf_counter() - started)
        # The difference of two runs: what starting costs is in both.
        each = (seconds[1] - seconds[0]) / (ITERATIONS[1] - ITERATIONS[0])
        print(f"Spark {session.version}: {each:.2f} s for an iteration over {work.rows:,} rows")
    finally:
        session.stop()


if __name__ == "__main__":
    main()
