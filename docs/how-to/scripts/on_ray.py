"""Digits on two actors of a Ray cluster of this machine."""

import ray

from fastavg.datasets import load_digits5k
from fastavg.ray import RayMLPClassifier

if __name__ == "__main__":
    # A cluster on this machine, to try it; a real one is ray.init("auto").
    ray.init(num_cpus=2, include_dashboard=False)
    X, y = load_digits5k()

    model = RayMLPClassifier(
        num_actors=2, max_restarts=1, hidden_layer_sizes=(25,), workers=4, tol=0.01, random_state=0
    )
    model.fit(X, y)
    ray.shutdown()

    # A scikit-learn estimator that needs no cluster.
    print(model.to_local().score(X, y))
