"""(c) on H2O Deep Learning: needs ``pip install h2o`` and a Java machine.

``python -m bench.cluster.h2o_epochs`` prints seconds for an epoch on all cores.  H2O
updates after every row, without a lock, so it has no batch size; momentum is kept.
"""

from __future__ import annotations

import time

import h2o
import numpy as np
from h2o.estimators import H2ODeepLearningEstimator

from bench.workloads import MOMENTUM, WORKLOADS

EPOCHS = 2


def main() -> None:
    work = WORKLOADS["c"]
    X, y = work.data()
    h2o.init(nthreads=-1)
    try:
        frame = h2o.H2OFrame(np.column_stack([X, y]))
        target = frame.columns[-1]
        frame[target] = frame[target].asfactor()
        model = H2ODeepLearningEstimator(
            hidden=list(work.layer_sizes[1:-1]), activation="rectifier", epochs=EPOCHS,
            adaptive_rate=False, rate=work.rate, momentum_start=MOMENTUM, momentum_stable=MOMENTUM,
            nesterov_accelerated_gradient=False, score_interval=1e9,
            overwrite_with_best_model=False,
        )
        started = time.perf_counter()
        model.train(x=frame.columns[:-1], y=target, training_frame=frame)
        seconds = (time.perf_counter() - started) / EPOCHS
        print(f"H2O {h2o.__version__}: {seconds:.2f} s for an epoch of {work.title}")
    finally:
        h2o.cluster().shutdown()


if __name__ == "__main__":
    main()
