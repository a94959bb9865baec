"""Same plan, data and start: same bits, however many processes or ranks run it."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from fastavg.averaging import SlowMo
from fastavg.data.sampling_schemes import Resample
from fastavg.kernels.vectorized.target import has_vectors, multiplies_bfloat16
from fastavg.solvers import SGD, Adam, NaturalGradient, Regularization
from tests.communicators.ranks import on_ranks
from tests.training.runs import (
    NETWORK,
    data_for,
    fingerprint,
    run,
    small_plan,
    train_rounds,
)

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(120)]

PLANS = {
    "average": small_plan(),
    "reset": small_plan(solver_state="reset"),
    "keep": small_plan(solver_state="keep"),
    "momentum": small_plan(solver=SGD()),
    "float64": small_plan(dtype="float64"),
    "resample": small_plan(sampling=Resample(0.4)),
    "slow-momentum": small_plan(averaging=SlowMo()),
    "whole-sample": small_plan(batch_size=0, average_every=1),
    "long-rounds": small_plan(average_every=1.5),
    "deformed": small_plan(augment=({"name": "digits", "shape": (1, 5)}, "noise")),
    "natural-gradient": small_plan(solver=NaturalGradient(refresh=3, factor_rows=30)),
    "everything": small_plan(
        augment=({"name": "digits", "shape": (1, 5)}, "noise", "mixup"), reduction="one-bit",
        solver_state="keep", regularization=Regularization(dropout=0.2),
    ),
}
if multiplies_bfloat16():
    PLANS["bfloat16"] = small_plan(products="bfloat16", solver=SGD())
    PLANS["bfloat16-dropout"] = small_plan(
        products="bfloat16", regularization=Regularization(dropout=0.3, clip_norm=1)
    )


@functools.cache
def alone(name):
    return fingerprint(run(PLANS[name]))


@pytest.mark.parametrize("dtype", ["average", "float64"])
@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_any_number_of_processes_twice(processes, dtype):
    seen = {fingerprint(run(PLANS[dtype], processes=processes)) for _ in range(2)}
    assert seen == {alone(dtype)}


@pytest.mark.parametrize("name", PLANS)
def test_every_kind_of_plan(name):
    assert fingerprint(run(PLANS[name], processes=3)) == alone(name)
    ranks = on_ranks(3, lambda communicator: run(PLANS[name], communicator=communicator))
    assert {fingerprint(weights) for weights in ranks} == {alone(name)}


def test_kinds_of_plans_differ():
    assert len({alone(name) for name in PLANS}) == len(PLANS)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_any_number_of_ranks(size, weighted):
    plan = PLANS["average"]
    ranks = on_ranks(
        size, lambda communicator: run(plan, weighted=weighted, communicator=communicator)
    )
    expected = fingerprint(run(plan, weighted=weighted))
    assert [fingerprint(weights) for weights in ranks] == [expected] * size


def test_ranks_with_processes():
    ranks = on_ranks(
        2, lambda communicator: run(PLANS["keep"], communicator=communicator, processes=2)
    )
    assert {fingerprint(weights) for weights in ranks} == {alone("keep")}


@pytest.mark.own_fork_server
@pytest.mark.parametrize(
    ("start", "memory"), [("spawn", "memfd"), ("spawn", "named"), ("fork-server", "named")]
)
def test_every_way_to_start_processes_and_share_memory(start, memory, monkeypatch):
    monkeypatch.setenv("FASTAVG_START", start)
    monkeypatch.setenv("FASTAVG_SHARED_MEMORY", memory)
    assert fingerprint(run(PLANS["average"], processes=2)) == alone("average")


def test_a_large_enough_network_for_blas_to_use_threads():
    # OpenBLAS would split these products over two threads, with other bits.
    from fastavg.networks.network import Network

    network = Network((256, 192, 10))
    plan = small_plan(workers=2, batch_size=128, epochs=1, solver=Adam(0.01))
    weights = [fingerprint(run(plan, network, n=512, processes=n)) for n in (1, 2)]
    ranks = on_ranks(2, lambda communicator: run(plan, network, n=512, communicator=communicator))
    assert {*weights, *map(fingerprint, ranks)} == {weights[0]}


@pytest.mark.skipif(not has_vectors(), reason="the processor has no vectors that gain")
def test_small_layers_in_explicit_vectors():
    from fastavg.networks.network import Network

    network = Network((20, 64, 16), "tanh", "softmax")
    plan = small_plan(dtype="float32", batch_size=16, solver=SGD())
    weights = {
        fingerprint(run(plan, network, n=200, processes=processes, block_seconds=seconds))
        for processes, seconds in ((1, 0.1), (2, 0.1), (3, 0.1), (1, 0), (2, 0))
    }
    ranks = on_ranks(2, lambda communicator: run(plan, network, n=200, communicator=communicator))
    assert len(weights | {*map(fingerprint, ranks)}) == 1
    blas = fingerprint(run(replace(plan, products="blas"), network, n=200))
    assert blas not in weights


@pytest.mark.parametrize("changes", [
    {}, {"algorithm": "gradient-averaging"}, {"solver": SGD(), "dtype": "float64"},
    {"products": "blas"},
    {"regularization": Regularization(dropout=0.3, clip_norm=1)},
])
def test_trained_factors_of_units(changes):
    from fastavg.networks.network import Network

    network, plan = Network((5, 7, 6, 3), ("parametric_mish", "relu")), small_plan(**changes)
    found = [
        run(plan, network, processes=processes, block_seconds=seconds)
        for processes, seconds in ((1, 0.1), (2, 0.1), (3, 0.1), (1, 0), (2, 0))
    ]
    found += on_ranks(2, lambda communicator: run(plan, network, communicator=communicator))
    assert len({*map(fingerprint, found)}) == 1
    assert network.parts(found[0])[0][2].all()


def test_deformed_rows_of_simulated_asynchrony():
    plan = small_plan(
        algorithm={"name": "easgd", "asynchrony": "simulated", "period": 2}, augment="noise"
    )
    found = {fingerprint(run(plan, processes=processes)) for processes in (1, 2)}
    assert len(found) == 1
    assert found != {fingerprint(run(replace(plan, augment="none")))}


@pytest.mark.parametrize("state", ["average", "keep"])
def test_weights_below_the_smallest_normal_number(state):
    # They are taken for zero, by whoever trains and by whoever averages.
    plan = small_plan(dtype="float32", solver=Adam(1e-39), solver_state=state)
    start = np.full(NETWORK.n_weights, 1e-40, np.float32)
    data = data_for(NETWORK, 100, "float32")

    def trained(**arguments):
        return train_rounds(NETWORK, plan, data, start, **arguments)

    weights = trained()
    assert not weights[(weights != 0) & (np.abs(weights) < np.finfo(np.float32).tiny)].size
    others = [trained(processes=processes, block_seconds=seconds)
              for processes, seconds in ((1, 0), (2, 0.1), (3, 0))]
    ranks = on_ranks(2, lambda communicator: trained(communicator=communicator))
    assert {*map(fingerprint, [*others, *ranks])} == {fingerprint(weights)}
