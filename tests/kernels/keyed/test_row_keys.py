"""Keys of rows and the uniform numbers of a key, against Python's whole numbers."""

import numpy as np

from fastavg.kernels.keyed import row_keys as keyed
from tests.kernels.keyed.test_mixing import M64, mixed


def keys_of(key, epochs, rows):
    """The oracle of ``row_keys``."""
    places = [(int(e) << 32) + int(r) + 1 for e, r in zip(epochs, rows, strict=True)]
    return np.array([mixed((key + mixed(place)) & M64) for place in places], np.uint64)


def uniform(key, number):
    """The oracle of ``uniform``."""
    return (mixed((int(key) + number * 0x9E3779B97F4A7C15) & M64) >> 11) / 2**53


def test_keys_are_those_of_whole_numbers_and_all_differ():
    epochs, rows = np.repeat(np.arange(4), 50), np.tile(np.arange(50) * 3, 4)
    found = np.empty(200, np.uint64)
    keyed.row_keys(np.uint64(2**63 + 5), epochs, rows, found)
    assert (found == keys_of(2**63 + 5, epochs, rows)).all()
    assert len(set(found.tolist())) == 200


def test_uniform_numbers():
    found = np.array([keyed.uniform(np.uint64(77), i) for i in range(2000)])
    assert found.tolist() == [uniform(77, i) for i in range(2000)]
    many = np.empty(3)
    keyed.uniforms(np.array([5, 77, 2**63], np.uint64), 9, many)
    assert many.tolist() == [uniform(key, 9) for key in (5, 77, 2**63)]
    counts = np.histogram(found, 10, (0, 1))[0]
    assert counts.sum() == 2000
    assert np.abs(counts - 200).max() < 60
