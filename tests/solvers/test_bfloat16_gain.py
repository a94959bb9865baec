"""The gain by bfloat16 is measured once, and kept beside the compiled kernels."""

import pytest

from fastavg.kernels.jit.cache_folder import cache_folder
from fastavg.kernels.vectorized.target import multiplies_bfloat16, target_digest
from fastavg.solvers.bfloat16_gain import bfloat16_gain

pytestmark = pytest.mark.skipif(
    not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)


def test_it_is_kept():
    folder = cache_folder()
    if folder is None:
        pytest.skip("there is no folder for compiled kernels")
    path = folder / f"bfloat16-gain-{target_digest()[:16]}"
    bfloat16_gain.cache_clear()
    measured = bfloat16_gain()
    assert measured > 0
    kept = path.read_text()
    try:
        path.write_text("1.25\n")
        bfloat16_gain.cache_clear()
        assert bfloat16_gain() == 1.25
        path.write_text("damaged")
        bfloat16_gain.cache_clear()
        assert bfloat16_gain() > 0
        assert float(path.read_text()) > 0
    finally:
        path.write_text(kept)
        bfloat16_gain.cache_clear()
