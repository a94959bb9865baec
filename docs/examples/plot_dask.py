"""
On the workers of a Dask cluster
================================

``fastavg.dask`` puts one rank on each of some workers of a cluster. Here the cluster is two
threads of this process; a real one is reached by its scheduler's address.
"""

import dask.array as da
from dask.distributed import Client

from fastavg import MLPClassifier
from fastavg.dask import DaskMLPClassifier
from fastavg.datasets import load_digits5k

X, y = load_digits5k()
options = {"hidden_layer_sizes": (25,), "workers": 4, "tol": 0.01, "random_state": 0}

with Client(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as client:
    model = DaskMLPClassifier(client, ranks=2, **options)
    model.fit(da.from_array(X, chunks=(1000, -1)), da.from_array(y, chunks=1000))
    predicted = model.predict(da.from_array(X[:2000], chunks=(500, -1)))
    print(predicted)
    print("right:", (predicted == y[:2000]).mean().compute())

# %%
# ``fit`` ends with the weights of a fit without a cluster, bit for bit, and ``to_local`` gives
# an estimator that needs none.

here = MLPClassifier(**options).fit(X, y)
print((model.to_local().weights_ == here.weights_).all())
assert (model.to_local().weights_ == here.weights_).all()
