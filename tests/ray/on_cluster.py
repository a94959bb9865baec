"""``python -m tests.ray.on_cluster RECORD``: fits on Ray actors, and what came of them."""

from __future__ import annotations

import contextlib
import json
import sys

import numpy as np
import pandas as pd
import ray
import scipy.sparse

from fastavg import MLPClassifier
from fastavg.ray import RayMLPClassifier, RayMLPRegressor
from tests.engines.conformance import OF_PARTS, PROMISES, kept, raised
from tests.engines.problem import OPTIONS, digest, local, rows

KINDS = {"classifier": RayMLPClassifier, "regressor": RayMLPRegressor}


class Cluster:
    """What the conformance suite asks for."""

    worker, asks = "Ray actor", "num_actors"

    def __init__(self, size=2):
        self.size, self.seconds = size, None

    def fit(self, kind, X, y, sample_weight=None, ranks=None, **options):
        model = KINDS[kind](ranks, **options)
        return model.fit(X, y, sample_weight=sample_weight).to_local().weights_


def of_ray():
    """What the conformance suite does not ask for."""
    X, y = rows()
    model = RayMLPClassifier(**OPTIONS).fit(X, y)
    fitted = model.to_local()
    assert fitted.processes is None
    assert np.array_equal(model.predict(X), fitted.predict(X))
    assert np.array_equal(model.predict_proba(X), fitted.predict_proba(X))
    assert model.score(X, y) == fitted.score(X, y)
    thin = scipy.sparse.random(300, 200, 0.02, "csr", random_state=0)
    found = RayMLPClassifier(2, **OPTIONS).fit(thin, np.arange(300) % 3).to_local()
    assert digest(found.weights_) == local(MLPClassifier, thin, np.arange(300) % 3)
    of_parts(thin)
    assert "cpus_per_actor is 0" in str(
        raised(lambda: RayMLPClassifier(1, cpus_per_actor=0).fit(X, y), ValueError)
    )
    # Two CPUs each: there is room for one.
    assert "num_actors is 2 and the cluster has room for 1" in str(
        raised(lambda: RayMLPClassifier(2, cpus_per_actor=2).fit(X, y), ValueError)
    )


def of_parts(thin):
    """Tables, text and sparse rows with ``sampling="partitions"``."""
    X, y = rows()
    options = {**OPTIONS, "sampling": "partitions"}
    table = pd.DataFrame(X, columns=[f"x{column}" for column in range(X.shape[1])])
    text = [f"class {label}" for label in y]
    found = RayMLPClassifier(2, **options).fit(table, text).to_local()
    assert digest(found.weights_) == local(MLPClassifier, X, y, options=options)
    assert found.feature_names_in_.tolist() == list(table)
    assert found.classes_.tolist() == sorted(set(text))
    found = RayMLPClassifier(2, **options).fit(thin, np.arange(300) % 3).to_local()
    assert digest(found.weights_) == local(
        MLPClassifier, thin, np.arange(300) % 3, options=options
    )
    wrong = table.astype(object)
    wrong.iloc[1500, 7] = "Ulm"
    assert str(raised(lambda: RayMLPClassifier(2, **options).fit(wrong, y), ValueError)) == (
        "X holds 'Ulm' in row 1500, column 'x7'; every value must be a number"
    )
    holes = X.copy()
    # A row of the second rank alone.
    holes[1500, 7] = np.nan
    assert "X holds nan in row 1500, column 7" in str(
        raised(lambda: RayMLPClassifier(2, **options).fit(holes, y), ValueError)
    )
    assert "y has shape (1999,) and X 2000 rows" in str(
        raised(lambda: RayMLPClassifier(2, **options).fit(X, y[1:]), ValueError)
    )


@contextlib.contextmanager
def cluster(size=2):
    """A cluster of this machine with so many CPUs."""
    ray.init(num_cpus=size, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        yield Cluster(size)
    finally:
        ray.shutdown()


def main(path):
    with cluster() as made:
        of_ray()
        found = {**kept(made, (*OF_PARTS, *PROMISES)), "seconds": made.seconds}
    with open(path, "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1])
