"""Model files: what is written is read, and nothing else is."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

import fastavg
from fastavg import DataError, FileDamaged, Model, Network
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.machine.atomic_file import write_atomically
from fastavg.models.tensor_file import pack, read

CLASSES = (
    np.array([0, 1, 7]), np.array(["a", "b", "ü"]), np.array([0.5, 1.5, 2.5]), None,
)


def make(classes=CLASSES[0], dtype="float32", **more):
    network = Network((2, 3, 3), ("tanh",), "logistic" if classes is None else "softmax")
    return Model(network, network.initial_weights(0, "glorot", dtype), classes, **more)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("classes", CLASSES, ids=["int", "str", "float", "labels"])
def test_a_model_survives(tmp_path, classes, dtype):
    scaling = Scaling(np.array([0.1, -2.0]), np.array([1 / 3, 1e-9]))
    model = make(classes, dtype, feature_names=("width", "a \"b\""), scaling=scaling)
    model.save(tmp_path / "model.safetensors")
    read = fastavg.load(str(tmp_path / "model.safetensors"))
    assert read.network == model.network
    assert read.weights.dtype == dtype
    np.testing.assert_array_equal(read.weights, model.weights)
    assert read.feature_names == model.feature_names
    np.testing.assert_array_equal(read.scaling.shift, scaling.shift)
    np.testing.assert_array_equal(read.scaling.factor, scaling.factor)
    if classes is None:
        assert read.classes is None
    else:
        assert read.classes.dtype.kind == classes.dtype.kind
        assert read.classes.tolist() == classes.tolist()
    X = np.random.default_rng(0).normal(size=(50, 2))
    np.testing.assert_array_equal(read.predict(X), model.predict(X))
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_memory_that_lies_across(tmp_path):
    model = make()
    strided = np.repeat(model.weights, 2)[::2]
    Model(model.network, strided, model.classes).save(tmp_path / "m")
    np.testing.assert_array_equal(fastavg.load(tmp_path / "m").weights, model.weights)
    across = np.arange(6.0).reshape(2, 3).T
    (tmp_path / "t").write_bytes(pack({"across": across}, {}))
    np.testing.assert_array_equal(read(tmp_path / "t")[0]["across"], across)


def test_safetensors_itself_reads_it(tmp_path):
    from safetensors import safe_open

    make().save(tmp_path / "m")
    with safe_open(tmp_path / "m", "numpy") as file:
        meaning = json.loads(file.metadata()["fastavg"])
        np.testing.assert_array_equal(file.get_tensor("weights"), make().weights)
    assert meaning["fastavg"] == fastavg.__version__
    assert meaning["network"]["layer_sizes"] == [2, 3, 3]


def small():
    return Model(Network((1, 1), output="identity"), np.ones(2, "float32"))


def test_every_flipped_bit_is_refused(tmp_path):
    path = tmp_path / "m"
    small().save(path)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[at] ^= 1 << bit
            path.write_bytes(damaged)
            with pytest.raises(FileDamaged, match="cannot be used"):
                fastavg.load(path)


@pytest.mark.parametrize("value", [9, 32, 48, 255])
def test_every_replaced_byte_is_refused(tmp_path, value):
    path = tmp_path / "m"
    small().save(path)
    whole = path.read_bytes()
    for at, old in enumerate(whole):
        if old == value:
            continue
        path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
        with pytest.raises(FileDamaged):
            fastavg.load(path)


def test_every_truncation_and_an_extra_byte_are_refused(tmp_path):
    path = tmp_path / "m"
    small().save(path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(FileDamaged):
            fastavg.load(path)
    path.write_bytes(whole + b" ")
    with pytest.raises(FileDamaged):
        fastavg.load(path)


HOSTILE = {
    "pickle": b"\x80\x04cos\nsystem\n(S'false'\ntR.",
    "zip": b"PK\x03\x04" + bytes(60),
    "huge header": (2**62).to_bytes(8, "little") + b"{}",
    "header of 1 TB": (10**12).to_bytes(8, "little") + b" " * 100,
    "deep": (lambda text: len(text).to_bytes(8, "little") + text)(b"[" * 100_000),
    "number": (lambda text: len(text).to_bytes(8, "little") + text)(b"1"),
    "no metadata": (lambda text: len(text).to_bytes(8, "little") + text)(b"{}"),
    "not utf-8": (lambda text: len(text).to_bytes(8, "little") + text)(b'{"\xff":1}'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(tmp_path, name):
    (tmp_path / "m").write_bytes(HOSTILE[name])
    with pytest.raises(FileDamaged, match="cannot be used"):
        fastavg.load(tmp_path / "m")


WRONG = {
    "other weights": lambda meaning: meaning | {"network": {"layer_sizes": [2, 4, 3]}},
    "no network": lambda meaning: {k: v for k, v in meaning.items() if k != "network"},
    "unknown activation": lambda meaning: meaning | {
        "network": meaning["network"] | {"activation": "os.system"}},
    "too few classes": lambda meaning: meaning | {"classes": [0, 1]},
    "odd network": lambda meaning: meaning | {"network": {"layer_sizes": "ab"}},
}


@pytest.mark.parametrize("name", WRONG)
def test_parts_that_do_not_fit(tmp_path, name):
    make().save(tmp_path / "m")
    tensors, meaning = read(tmp_path / "m")
    (tmp_path / "m").write_bytes(pack(tensors, WRONG[name](meaning)))
    with pytest.raises(FileDamaged, match="holds no model"):
        fastavg.load(tmp_path / "m")


def test_a_newer_format_is_named(tmp_path):
    make().save(tmp_path / "m")
    tensors, meaning = read(tmp_path / "m")
    (tmp_path / "m").write_bytes(pack(tensors, meaning | {"format": 99}))
    with pytest.raises(DataError, match="format 99"):
        fastavg.load(tmp_path / "m")


def test_no_such_file(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        fastavg.load(tmp_path / "missing.safetensors")
    with pytest.raises(DataError, match="directory"):
        fastavg.load(tmp_path)


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_the_umask_decides_who_may_read(tmp_path):
    old = os.umask(0o027)
    try:
        write_atomically(tmp_path / "file", b"")
    finally:
        os.umask(old)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
