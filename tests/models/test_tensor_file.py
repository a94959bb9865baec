"""Tensor files: what is packed is unpacked, and every other byte is refused."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from fastavg.errors import DataError, FileDamaged
from fastavg.models.tensor_file import HEADER_LIMIT, digest, pack, read, unpack

TENSORS = {
    "a": np.arange(6, dtype="f4").reshape(2, 3), "b": np.array([np.nan, np.inf, -0.0]),
    "c": np.array([-1, 2**62]), "d": np.arange(5, dtype="u1"), "e": np.zeros((0, 3)),
}
MEANING = {"format": 1, "name": "ü", "list": [1, None, {"deep": True}]}


def test_what_is_packed_is_unpacked():
    tensors, meaning = unpack(pack(TENSORS, MEANING), "memory")
    assert meaning == MEANING
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert (tensors[name].dtype, tensors[name].shape) == (tensor.dtype, tensor.shape)
        assert tensors[name].tobytes() == tensor.tobytes()


def test_equal_content_is_equal_bytes():
    again = {name: TENSORS[name] for name in reversed(TENSORS)}
    first = pack(TENSORS, MEANING)
    # Many times: the order of a hash table is another one at each try.
    assert {pack(again, dict(reversed(MEANING.items()))) for _ in range(20)} == {first}


def test_memory_that_is_not_contiguous_is_stored_as_it_reads():
    strided = np.arange(24.0).reshape(4, 6)[::2, ::-1]
    found = unpack(pack({"t": strided, "u": strided.T}, {}), "memory")[0]
    assert (found["t"] == strided).all()
    assert (found["u"] == strided.T).all()


def test_numbers_that_json_has_not_are_refused():
    with pytest.raises(ValueError, match=r"(?i)json"):
        pack({}, {"nan": float("nan")})


def test_every_flipped_bit_and_every_truncation_is_refused():
    whole = pack({"a": np.ones(2, "f4")}, {"m": 1})
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        with pytest.raises(FileDamaged, match="cannot be used"):
            unpack(bytes(damaged), "memory")
        with pytest.raises(FileDamaged, match="cannot be used"):
            unpack(whole[:at], "memory")


def test_a_header_that_lies_about_its_size_costs_nothing(tmp_path):
    path = tmp_path / "file"
    path.write_bytes((HEADER_LIMIT * 2**20).to_bytes(8, "little") + b"{}")
    with pytest.raises(FileDamaged, match="cut short"):
        read(path)


def test_a_name_that_occurs_twice_is_refused():
    header = b'{"a":1,"a":2}'
    with pytest.raises(FileDamaged):
        unpack(len(header).to_bytes(8, "little") + header, "memory")


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(DataError, match=r"none cannot be read: No such file"):
        read(tmp_path / "none")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="not a file"):
        read(tmp_path / "pipe")


def test_the_digest_is_of_names_dtypes_shapes_bytes_and_meaning():
    base, text = {"a": np.zeros(4, "f4")}, json.dumps({})
    seen = {
        digest(base, text), digest({"b": base["a"]}, text), digest(base, text + " "),
        digest({"a": np.zeros((2, 2), "f4")}, text), digest({"a": np.zeros(2, "f8")}, text),
        digest({"a": np.ones(4, "f4")}, text),
    }
    assert len(seen) == 6
