"""What this machine is good for."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import fastavg
from fastavg.reports import diagnosis
from fastavg.reports.diagnosis import BAD, GOOD, NOTE, PARTS, diagnose, gemm_rate


@pytest.fixture(scope="module")
def found():
    return {each.name: each for each in diagnose()}


def test_everything_is_looked_at(found):
    assert {
        "fastavg", "python", "numpy", "processor", "CPUs", "instruction sets", "bfloat16 products",
        "BLAS", "float32 products, one CPU", "memory", "start of processes", "compiled kernels",
        "compiled for float32", "self-test",
    } <= set(found)
    assert found["fastavg"].value == fastavg.__version__
    assert found["numpy"].value == np.__version__
    assert "GFLOP/s" in found["float32 products, one CPU"].value


def test_every_finding_that_is_not_good_has_advice(found):
    for each in found.values():
        assert each.state in (GOOD, NOTE, BAD)
        assert each.advice or each.state == GOOD, each


def test_the_self_test_compares_bits(found):
    assert found["self-test"].state == GOOD
    assert "weights the same" in found["self-test"].value


def test_no_folder_for_kernels_is_said(monkeypatch):
    from fastavg.reports import diagnosis

    monkeypatch.setattr("fastavg.kernels.jit.cache_folder.cache_folder", lambda: None)
    (finding,) = diagnosis._kernels()
    assert finding.state == BAD
    assert "FASTAVG_CACHE_DIR" in finding.advice


def test_every_part_of_the_kernels_is_known():
    from fastavg.kernels.warm_up import warm_up

    source = inspect.getsource(warm_up.__wrapped__)
    assert set(re.findall(r'"([a-z ]+)": (?:_|lambda)', source)) == set(PARTS)


def test_rates_are_positive():
    assert gemm_rate(16) > 0


def test_nothing_is_faster_than_the_ceiling(monkeypatch):
    # A moment with other work meets the large product alone.
    rates = {diagnosis.GEMM_SIZE: 13.0, diagnosis.GEMM_SIZE // 2: 95.0, 64: 97.0}
    monkeypatch.setattr(diagnosis, "gemm_rate", rates.__getitem__)
    found = {each.name: each for each in diagnosis._products()}
    assert found["float32 products, one CPU"].value == "97 GFLOP/s"
    assert found["small products, 64 x 64"].value == "97 GFLOP/s, 100% of it"
