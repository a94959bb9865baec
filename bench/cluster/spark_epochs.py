"""(c) on Spark's MultilayerPerceptronClassifier, and by our L-BFGS on the same rows and layers.

Needs ``pip install pyspark`` and Java.  ``python -m bench.cluster.spark_epochs [ROWS]`` prints
seconds for an L-BFGS iteration over all rows on all cores: Spark's, which has logistic hidden
units and no mini-batches of its own, and ours with the same units.
"""

from __future__ import annotations

import sys
import time

from pyspark.ml.classification import MultilayerPerceptronClassifier
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession

from bench.workloads import WORKLOADS
from fastavg import Execution, Network, Plan, train
from fastavg.machine.resources import usable_cpus
from fastavg.solvers import LBFGS

ITERATIONS = (2, 12)


def each_iteration(run) -> float:
    """Seconds of an iteration: the difference of two runs, as what starting costs is in both."""
    seconds = []
    for iterations in ITERATIONS:
        started = time.perf_counter()
        run(iterations)
        seconds.append(time.perf_counter() - started)
    return (seconds[1] - seconds[0]) / (ITERATIONS[1] - ITERATIONS[0])


def ours(X, y, layers, cpus) -> float:
    """Seconds of an iteration of L-BFGS over as many workers as CPUs."""
    def run(iterations):
        plan = Plan(
            workers=cpus, epochs=float(iterations), batch_size=0, algorithm="lbfgs",
            solver=LBFGS(tol=0.0), solver_state="reset",
        )
        train(Network(layers, "logistic"), X, y, plan, execution=Execution(cpus))

    return each_iteration(run)


def sparks(X, y, layers, cpus) -> tuple[str, float]:
    """Spark's version, and seconds of an iteration over as many partitions as CPUs."""
    session = SparkSession.builder.master(f"local[{cpus}]").config(
        "spark.driver.memory", "8g").getOrCreate()
    try:
        rows = [(float(label), Vectors.dense(row)) for label, row in zip(y, X, strict=True)]
        frame = session.createDataFrame(rows, ["label", "features"]).repartition(cpus).cache()
        frame.count()

        def run(iterations):
            MultilayerPerceptronClassifier(
                layers=list(layers), maxIter=iterations, solver="l-bfgs", seed=0, tol=0.0,
            ).fit(frame)

        return session.version, each_iteration(run)
    finally:
        session.stop()


def main(n: str = "") -> None:
    work, cpus = WORKLOADS["c"], usable_cpus()
    X, y = (each[: int(n) if n else None] for each in work.data())
    own = ours(X, y, work.layer_sizes, cpus)
    version, other = sparks(X, y, work.layer_sizes, cpus)
    print(f"an iteration over {len(X):,} rows: Spark {version} {other:.2f} s, fastavg {own:.2f} s, "
          f"{other / own:.1f} x")


if __name__ == "__main__":
    main(*sys.argv[1:])
