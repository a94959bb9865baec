"""Mixed bits against the same arithmetic in Python's whole numbers."""

import numpy as np
import pytest

from fastavg.kernels.keyed import mixing

M64, M32 = (1 << 64) - 1, (1 << 32) - 1


def mixed(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & M64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & M64
    return x ^ (x >> 31)


def stirred(x):
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & M32
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & M32
    return x ^ (x >> 16)


@pytest.mark.parametrize("x", [0, 1, 12345, 2**31, 2**32 - 1])
def test_bits_are_those_of_whole_numbers(x):
    assert int(mixing.stirred(np.uint32(x))) == stirred(x)
    for wide in (x, (x << 32) + 7, M64 - x):
        assert int(mixing.mixed(np.uint64(wide))) == mixed(wide)


def test_one_bit_of_input_turns_half_of_the_bits():
    turned = [(mixed(1000) ^ mixed(1000 ^ (1 << bit))).bit_count() for bit in range(64)]
    assert min(turned) > 16
    assert max(turned) < 48
