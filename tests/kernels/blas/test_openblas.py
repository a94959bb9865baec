"""The private OpenBLAS: one thread whatever the environment says, and nobody else's settings."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from fastavg.kernels.blas.openblas import SETTINGS, core_name, private_openblas

pytestmark = pytest.mark.skipif(private_openblas() is None, reason="no private OpenBLAS here")


def told(environment):
    """Threads and kernel set of a fresh process, and what is left of its environment."""
    program = (
        "import os\n"
        "from fastavg.kernels.blas.openblas import SETTINGS, core_name, private_openblas\n"
        "threads = private_openblas().scipy_openblas_get_num_threads()\n"
        "print(threads, core_name(), *(os.environ.get(name) for name in SETTINGS))"
    )
    base = {name: value for name, value in os.environ.items()
            if name not in (*SETTINGS, "FASTAVG_BLAS_CORE")}
    done = subprocess.run(
        [sys.executable, "-c", program], env={**base, **environment}, capture_output=True,
        text=True, timeout=60, check=True,
    )
    return done.stdout.split()


def test_it_is_loaded_once_and_has_both_products():
    library = private_openblas()
    assert library is private_openblas()
    assert isinstance(library, ctypes.CDLL)
    assert library.scipy_sgemm_
    assert library.scipy_dgemm_


def test_one_thread_whatever_is_asked_of_others():
    assert told({})[0] == "1"
    assert told({"OPENBLAS_NUM_THREADS": "4", "OMP_NUM_THREADS": "3"})[0] == "1"


def test_the_environment_is_as_it_was():
    settings = {"OPENBLAS_NUM_THREADS": "4", "OPENBLAS_CORETYPE": "Nehalem"}
    values = dict(zip(SETTINGS, told(settings)[2:], strict=True))
    assert values == {name: settings.get(name, "None") for name in SETTINGS}


def test_the_kernel_set_is_that_of_the_processor_unless_it_is_named():
    usual = told({})[1]
    assert usual == core_name() or os.environ.get("FASTAVG_BLAS_CORE")
    assert told({"OPENBLAS_CORETYPE": "Nehalem"})[1] == usual
    assert told({"FASTAVG_BLAS_CORE": "Nehalem"})[1] == "Nehalem"
