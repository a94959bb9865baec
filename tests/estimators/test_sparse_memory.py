"""Sparse rows stay sparse: a fit never holds them with their zeros."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Peaks are told of the whole process, so each fit has one of its own.
FIT = """
import resource, sys, warnings
import numpy as np
import scipy.sparse as sp
from fastavg import MLPClassifier

warnings.simplefilter("ignore")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
kind, workers = sys.argv[1], int(sys.argv[2])
settings = dict(max_iter=1, random_state=0, workers=workers, processes=workers)
generator = np.random.default_rng(0)

def rows(n, columns, each):
    entries = generator.random(n * each), generator.integers(0, columns, n * each)
    made = sp.csr_matrix((*entries, np.arange(0, n * each + 1, each)), (n, columns))
    made.sum_duplicates()
    return made.asformat(kind)

small = rows(200, 50, 3)
MLPClassifier((16,), **settings).fit(small, np.arange(200) % 2)
X = rows(20_000, 20_000, 20)
before = peak()
model = MLPClassifier((16,), **settings).fit(X, np.arange(20_000) % 2)
model.predict(X.tocsr()[:100])
print(peak() - before)
"""
# In float32 with their zeros.
DENSE = 20_000 * 20_000 * 4 / 2**20


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("kind", "workers"), [("csr", 1), ("csr", 2), ("csc", 1)])
def test_a_fit_takes_a_small_part_of_what_dense_rows_would(kind, workers):
    ended = subprocess.run(
        [sys.executable, "-c", FIT, kind, str(workers)], capture_output=True, text=True,
        check=True, timeout=100,
    )
    assert float(ended.stdout) < DENSE / 10
