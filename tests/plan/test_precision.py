"""Which products a plan comes to, here, on several ranks, and on a processor without bfloat16."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from fastavg import MLPClassifier
from fastavg.communicators.local import LocalCommunicator
from fastavg.errors import ConfigError
from fastavg.kernels.vectorized import target
from fastavg.kernels.vectorized.target import has_vectors, multiplies_bfloat16
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.plan.precision import LEAST_GAIN, LONG_RUN_FLOPS, agreed_products
from fastavg.solvers.bfloat16_gain import bfloat16_gain
from tests.communicators.ranks import on_ranks

NETWORK = Network((20, 30, 3))
IN_FLOAT32 = "float32" if has_vectors() else "blas"
LONG = LONG_RUN_FLOPS / NETWORK.flops_per_row


def products(plan, rows, communicator=None):
    return agreed_products(plan, NETWORK, rows, communicator or LocalCommunicator())


def test_float32_stays():
    assert products(Plan(epochs=2 * LONG), 1) == IN_FLOAT32
    assert products(Plan(products="blas", epochs=2 * LONG), 1) == "blas"


def test_auto_takes_bfloat16_in_long_runs_where_the_processor_gains():
    gains = multiplies_bfloat16() and bfloat16_gain() >= LEAST_GAIN
    assert products(Plan(products="auto", epochs=2 * LONG), 1) == (
        "bfloat16" if gains else IN_FLOAT32
    )
    assert products(Plan(products="auto", epochs=LONG / 2), 1) == IN_FLOAT32
    # Rows count like epochs.
    assert products(Plan(products="auto", epochs=LONG / 10), 20) == (
        "bfloat16" if gains else IN_FLOAT32
    )


def test_trained_factors_of_units_have_no_bfloat16():
    network = Network((20, 30, 3), "parametric_relu")
    plan = Plan(products="auto", epochs=2 * LONG)
    assert agreed_products(plan, network, 1, LocalCommunicator()) == IN_FLOAT32


@pytest.mark.parametrize("without", [None, 0, 1])
def test_float32_is_blas_if_a_rank_has_no_vectors(without, monkeypatch):
    lacking = threading.local()
    monkeypatch.setattr(target, "has_vectors", lambda: not lacking.here)

    def answer(communicator):
        lacking.here = communicator.rank == without
        return products(Plan(), 100, communicator)

    assert on_ranks(2, answer) == ["float32" if without is None else "blas"] * 2


@pytest.mark.parametrize("changes", [{"dtype": "float64"}, {"solver": "cg"}])
def test_auto_is_float32_where_bfloat16_cannot_be(changes):
    found = products(Plan(products="auto", epochs=2 * LONG, batch_size=0, **changes), 1)
    assert found == IN_FLOAT32


def test_all_ranks_take_the_same():
    def answer(communicator):
        return products(Plan(products="auto", epochs=2 * LONG), 1, communicator)

    assert on_ranks(3, answer) == [answer(LocalCommunicator())] * 3


SCRIPT = """
from fastavg import Network, Plan
from fastavg.communicators.local import LocalCommunicator
from fastavg.errors import ConfigError
from fastavg.plan.precision import agreed_products
from fastavg.solvers.bfloat16_gain import bfloat16_gain

assert bfloat16_gain() == 0
given = (Network((4, 2)), 4, LocalCommunicator())
assert agreed_products(Plan(products="auto", epochs=10**12), *given) == "float32"
try:
    agreed_products(Plan(products="bfloat16"), *given)
except ConfigError as error:
    print(error)
"""


@pytest.mark.timeout(300)
def test_a_processor_without_bfloat16_gets_a_sentence_or_float32():
    environment = {
        **os.environ, "NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma",
    }
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True,
        timeout=280,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == (
        "products in bfloat16 need a processor with the AVX-512 BF16 instructions on every rank; "
        "choose products float32 or auto\n"
    )


def test_estimators_hand_their_products_to_the_plan():
    X, y = np.eye(4, dtype=np.float32), [0, 1, 1, 0]
    plain, automatic = (
        MLPClassifier(products=name, max_seconds=1e-9, random_state=0).fit(X, y)
        for name in ("float32", "auto")
    )
    # A short run is float32 with auto; this one ends after its first epoch.
    assert np.array_equal(plain.coefs_[0], automatic.coefs_[0])
    with pytest.raises(ConfigError, match="products in bfloat16 need dtype float32"):
        MLPClassifier(products="bfloat16", dtype="float64").fit(X, y)
