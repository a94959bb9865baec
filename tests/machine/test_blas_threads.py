"""One BLAS thread inside the block, and what was there before behind it."""

from __future__ import annotations

import threading

import pytest
import threadpoolctl

from fastavg.kernels.blas import openblas
from fastavg.machine.blas_threads import one_blas_thread, one_thread_of_every_blas


def threads():
    libraries = threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers
    return [library.num_threads for library in libraries]


@pytest.fixture
def shared_blas(monkeypatch):
    """A process in which fastavg has no BLAS of its own."""
    import numpy
    import scipy.linalg  # noqa: F401

    monkeypatch.setattr(openblas, "private_openblas", lambda: None)
    with threadpoolctl.threadpool_limits(2, "blas"):
        yield numpy


def test_a_private_blas_leaves_all_others_alone():
    if openblas.private_openblas() is None:
        pytest.skip("there is no private OpenBLAS here")
    before = threads()
    with one_blas_thread():
        assert threads() == before
    assert threads() == before


def test_every_blas_has_one_thread_also_beside_a_private_one():
    import scipy.linalg  # noqa: F401

    with threadpoolctl.threadpool_limits(2, "blas"):
        before = threads()
        with one_thread_of_every_blas():
            assert set(threads()) == {1}
        assert threads() == before


def test_one_thread_inside_and_the_old_number_after(shared_blas):
    before = threads()
    assert 2 in before
    with one_blas_thread():
        assert set(threads()) == {1}
        with one_blas_thread():
            assert set(threads()) == {1}
        assert set(threads()) == {1}
    assert threads() == before


def test_after_an_error_too(shared_blas):
    before = threads()
    with pytest.raises(ValueError, match="inside"), one_blas_thread():
        raise ValueError("inside")
    assert threads() == before


def test_of_blocks_in_two_threads_the_last_one_restores(shared_blas):
    before = threads()
    entered, leave = threading.Event(), threading.Event()

    def other():
        with one_blas_thread():
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=other)
    with one_blas_thread():
        thread.start()
        assert entered.wait(30)
    assert set(threads()) == {1}
    leave.set()
    thread.join(30)
    assert threads() == before
