"""What decides which products a run makes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.data.emphasis import Emphasis
from fastavg.kernels.network.layout import PRODUCTS_AT, TURNED
from fastavg.kernels.vectorized import target
from fastavg.kernels.vectorized.target import (
    has_vectors,
    has_wide_vectors,
    multiplies_bfloat16,
)
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.solvers import LBFGS, SGD, Regularization
from fastavg.training.panel_memory import in_panels
from fastavg.training.programs import layer_products
from fastavg.training.programs.layer_products import choose_products, compile_products, in_pieces
from fastavg.training.run import Run
from tests.training.runs import data_for, first_weights, small_plan

NETWORK = Network((20, 64, 16), "relu", "softmax")


def run_of(**options):
    plan = small_plan(**{"dtype": "float32", "solver": SGD(), **options})
    rows = data_for(NETWORK, 100, plan.dtype)
    return Run(NETWORK, plan, rows, first_weights(NETWORK, plan))


def turned(run):
    space = Workspace(NETWORK, 64, run.plan.dtype)
    choose_products(space, run)
    return bool(space.layers[:, TURNED].all())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_small_layers_are_multiplied_in_vectors(dtype):
    assert turned(run_of(dtype=dtype)) == has_vectors()
    assert turned(run_of(regularization=Regularization(l2=0.1))) == has_vectors()


def test_no_layer_is_without_vectors(monkeypatch):
    monkeypatch.setattr(target, "has_vectors", lambda: False)
    assert not turned(run_of())


@pytest.mark.parametrize("options", [
    {"products": "blas"}, {"algorithm": "hogwild"},
    {"solver": LBFGS(), "batch_size": 0},
    {"sampling": Emphasis()}, {"regularization": Regularization(dropout=0.2)},
])
def test_others_are_left_to_blas(options):
    assert not turned(run_of(**options))


def test_gradients_by_panels_have_products_of_their_own():
    network = Network((200, 200, 16), "relu", "softmax")
    plan = small_plan(algorithm="gradient-averaging", dtype="float32", solver=SGD())
    rows = data_for(network, 100, plan.dtype)
    run = Run(network, plan, rows, first_weights(network, plan))
    assert in_panels(run)
    assert not layer_products.in_vectors(run)
    assert layer_products.in_vectors(run_of(algorithm="gradient-averaging")) == has_vectors()


@pytest.mark.skipif(not multiplies_bfloat16(), reason="the processor does not multiply bfloat16")
def test_bfloat16_has_products_of_its_own():
    run = run_of()
    run = replace(run, plan=replace(run.plan, products="bfloat16"))
    space = Workspace(NETWORK, 64, "float32")
    choose_products(space, run)
    assert space.layers[:, PRODUCTS_AT].all()
    assert not space.layers[:, TURNED].any()


def test_kernels_are_compiled_once_for_all_processes():
    run = run_of()
    compile_products(run)
    # A large network needs none of them.
    compile_products(replace(run, network=Network((900, 900, 3))))
    assert np.isfinite(run.rows.dense).all()


@pytest.mark.parametrize(("options", "rows", "wanted"), [
    ({}, 5000, True), ({}, 100, False), ({"dtype": "float64"}, 5000, False),
    ({"solver": SGD(), "batch_size": 5000}, 5000, False),
])
def test_full_batches_in_pieces_have_products_of_their_own(options, rows, wanted):
    plan = small_plan(**{
        "dtype": "float32", "solver": LBFGS(), "batch_size": 0, "workers": 1, **options
    })
    run = Run(
        NETWORK, plan, data_for(NETWORK, rows, plan.dtype), first_weights(NETWORK, plan)
    )
    assert in_pieces(run) == (wanted and has_wide_vectors())
