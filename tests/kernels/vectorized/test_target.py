"""Numba's target decides about instructions, not the processor that happens to run."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
from fastavg.kernels.vectorized.target import (
    has_vectors, has_wide_vectors, multiplies_bfloat16, target_digest,
)
print(multiplies_bfloat16(), target_digest(), has_wide_vectors(), has_vectors())
"""
FEATURES = "+avx512f,+avx512bw,+avx512bf16"


def asked(**environment):
    """What a process with these settings of numba's says: bfloat16, digest, wide vectors, any."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**clean, **environment}, capture_output=True,
        text=True, timeout=60, check=True,
    )
    has, digest, wide, gains = ended.stdout.split()
    return has == "True", digest, wide == "True", gains == "True"


def test_a_target_without_the_instructions_and_one_with_them():
    with_them = asked(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES=FEATURES)
    without = asked(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="+sse2")
    assert with_them[0]
    assert not without[0]
    assert with_them[1] != without[1]
    assert with_them[2:] == (True, True)
    assert without[2:] == (False, False)


def test_narrow_vectors_are_multiplied_and_added_at_once():
    found = [
        asked(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES=features)[2:]
        for features in ("+avx2,+fma", "+avx2", "+fma")
    ]
    assert found == [(False, True), (False, False), (False, False)]


@pytest.mark.parametrize("missing", FEATURES.split(","))
def test_every_one_of_the_instructions_is_needed(missing):
    left = ",".join(feature for feature in FEATURES.split(",") if feature != missing)
    found = asked(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES=left)
    assert not found[0]
    assert found[2] == (missing != "+avx512f")


def test_the_same_target_has_the_same_digest_in_every_process():
    settings = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": FEATURES}
    assert asked(**settings) == asked(**settings)


def test_without_a_compiler_there_are_no_instructions():
    bfloat16, _, *vectors = asked(NUMBA_DISABLE_JIT="1")
    assert not bfloat16
    assert vectors == [False, False]
