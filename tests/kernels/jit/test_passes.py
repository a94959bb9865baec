"""Kernels go through numba's passes but for two, and come to the same results."""

from __future__ import annotations

import numba
import numpy as np
from numba.core.compiler import DefaultPassBuilder

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.kernel_dispatcher import KernelDispatcher
from fastavg.kernels.jit.passes import LEFT_OUT, KernelPasses

OPTIONS = {"nopython": True, "fastmath": False}


def _sums(x, out):
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(x.shape[1]):
            total += x[i, j] * (j + 1 if x[i, j] > 0 else -1)
        out[i] = total


def test_numba_has_the_passes_that_are_left_out(monkeypatch):
    found = []
    pipeline = DefaultPassBuilder.define_nopython_pipeline

    def watched(state):
        passes = pipeline(state)
        found.append([each for each, _ in passes.passes])
        return passes

    monkeypatch.setattr(DefaultPassBuilder, "define_nopython_pipeline", staticmethod(watched))
    left = []
    define = KernelPasses.define_pipelines

    def kept(self):
        (passes,) = define(self)
        left.append([each for each, _ in passes.passes])
        return [passes]

    monkeypatch.setattr(KernelPasses, "define_pipelines", kept)
    out = np.zeros(2)
    KernelDispatcher(_sums, targetoptions=OPTIONS)(np.eye(2) - 0.5, out)
    assert set(LEFT_OUT) < set(found[0])
    assert left[0] == [each for each in found[0] if each not in LEFT_OUT]


def test_the_code_computes_what_numba_s_own_does():
    x = np.random.default_rng(0).normal(size=(40, 30))
    out, expected = np.zeros(40), np.zeros(40)
    KernelDispatcher(_sums, targetoptions=OPTIONS)(x, out)
    numba.njit(_sums)(x, expected)
    assert (out == expected).all()


def test_functions_from_elsewhere_may_define_functions_and_compute_with_arrays():
    @kernel(allocates=True)
    def written_elsewhere(x):
        def scaled(z):
            return 2.0 * z

        return scaled(x) + x.sum()

    assert written_elsewhere(np.ones(3)).tolist() == [5.0] * 3
