"""The handshake: equal fields pass, one rank that differs is named on every rank."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.communicators.agreement import (
    PIECE,
    WIDTH,
    agree,
    fingerprint,
    fingerprint_of,
    number_of,
)
from fastavg.errors import RankMismatch
from tests.communicators.ranks import on_ranks


@pytest.mark.parametrize("size", [1, 2, 5])
def test_equal_fields_pass(size):
    fields = {"version": 3, "seed": -7, "data": 2**62}
    assert on_ranks(size, lambda communicator: agree(fields, communicator)) == [None] * size


@pytest.mark.parametrize(("size", "odd"), [(3, 0), (3, 1), (4, 3)])
def test_the_rank_that_differs_is_named_on_every_rank(size, odd):
    def meet(communicator):
        fields = {"version": 1, "seed": 5 + (communicator.rank == odd), "data": 9}
        with pytest.raises(RankMismatch, match="all ranks need the same") as caught:
            agree(fields, communicator)
        return caught.value.rank, caught.value.field

    assert set(on_ranks(size, meet)) == {(odd, "seed")}


def test_the_first_field_that_differs_is_named():
    def meet(communicator):
        with pytest.raises(RankMismatch) as caught:
            agree({"a": communicator.rank, "b": communicator.rank}, communicator)
        return caught.value.field

    assert on_ranks(2, meet) == ["a", "a"]


def test_as_many_fields_as_the_table_is_wide():
    agree({str(field): field for field in range(WIDTH)}, LocalCommunicator())


def test_every_byte_shape_and_dtype_counts():
    array = np.arange(24.0)
    seen = {fingerprint(array), fingerprint(array.reshape(4, 6)), fingerprint(array, array),
            fingerprint(array.astype("f4")), fingerprint(array.view(np.int64))}
    for place in range(array.nbytes):
        changed = array.copy()
        changed.view(np.uint8)[place] ^= 1
        seen.add(fingerprint(changed))
    assert len(seen) == 5 + array.nbytes


def test_layout_in_memory_does_not_count():
    array = np.arange(60.0).reshape(6, 10)
    assert fingerprint_of(np.asfortranarray(array)) == fingerprint_of(array)
    unaligned = np.frombuffer(b"." + array.tobytes(), np.uint8)[1:].view(np.uint8)
    assert fingerprint_of(unaligned) == fingerprint_of(array)


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 1000])
def test_any_number_of_bytes(n):
    data = np.arange(n, dtype=np.uint8)
    assert -(2**63) <= fingerprint_of(data) < 2**63
    assert fingerprint_of(data) != fingerprint_of(np.arange(n + 1, dtype=np.uint8))


def test_large_arrays_are_taken_in_pieces():
    large = np.zeros(PIECE + 5, np.uint8)
    before = fingerprint_of(large)
    large[-1] = 1
    assert fingerprint_of(large) != before


def test_texts():
    assert number_of("a") == number_of("a") != number_of("b")
    assert -(2**63) <= number_of("") < 2**63
