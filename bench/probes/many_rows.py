"""Seconds of a fit of many rows by two workers on two processes: the first in a process, and again.

``python -m bench.probes.many_rows`` prints one JSON object: seconds of fitting a million rows of
100 numbers, two epochs, with ``first`` and ``again``.  ``python -m bench.probes.many_rows 1000``
takes fewer rows.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np

from fastavg import MLPClassifier

HIDDEN = 16


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    random = np.random.default_rng(0)
    X = random.standard_normal((rows, 100), dtype=np.float32)
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    taken = []
    warnings.simplefilter("ignore")
    for _ in range(2):
        began = time.perf_counter()
        MLPClassifier(
            (HIDDEN,), max_iter=2, random_state=0, workers=2, processes=2
        ).fit(X, y)
        taken.append(time.perf_counter() - began)
    print(json.dumps({"first": taken[0], "again": taken[1]}))


if __name__ == "__main__":
    main()
