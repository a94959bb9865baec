"""Every destination is checked before the work; inputs are never overwritten; work is not lost."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
from pathlib import Path

import numpy as np
import pytest

import fastavg
from fastavg import ConfigError, MLPClassifier, Network, Plan, train
from tests.promises.programs import COMMAND, run, shell

ONE = ("--workers", "1", "--processes", "1", "--epochs", "1", "--hidden", "4", "--json")


@pytest.fixture
def data(tmp_path):
    """A small data file in a folder of its own, and its bytes."""
    folder = tmp_path / "data"
    folder.mkdir()
    X = np.random.default_rng(0).normal(size=(100, 3))
    np.savez(folder / "d.npz", X=X, y=(X[:, 0] > 0).astype(int))
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", (X[:, 0] > 0).astype(int))
    return folder / "d.npz"


@pytest.fixture
def model(data):
    path = data.parent / "m.safetensors"
    ended = run(COMMAND, "train", data, *ONE, "--output", path)
    assert ended.code == 0, ended.err
    return path


def everything(folder):
    """All names below a folder, and what is there."""
    return {
        str(path.relative_to(folder)): (stat.S_IFMT(path.lstat().st_mode),
                                        path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def device(path):
    """A device of its own, never the real one."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def folder(path):
    path.mkdir()


def pipe(path):
    os.mkfifo(path)


def socket_file(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def write_protected(path):
    path.write_bytes(b"precious")
    path.chmod(0o444)


def link_to_itself(path):
    path.symlink_to(path.name)


def link_to_a_device(path):
    device(path.with_name("null"))
    path.symlink_to("null")


def link_to_a_folder(path):
    path.with_name("folder").mkdir()
    path.symlink_to("folder")


OBSTACLES = {
    folder: "is a folder", device: "is a device", pipe: "is a pipe", socket_file: "is a socket",
    write_protected: "is write-protected", link_to_itself: "cannot be written",
    link_to_a_device: "is a device", link_to_a_folder: "is a folder",
}
WRITERS = {
    "train --output": ("model", ("train", "{data}", *ONE, "--output", "{path}")),
    "train --checkpoint": ("checkpoint", ("train", "{data}", *ONE, "--checkpoint", "{path}")),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda make: make.__name__)
def test_the_command_refuses_before_the_work(writer, obstacle, data, tmp_path):
    place = tmp_path / "out"
    place.mkdir()
    obstacle(place / "m")
    before = everything(tmp_path)
    what, words = WRITERS[writer]
    ended = run(COMMAND, *(word.format(data=data, path=place / "m") for word in words))
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(f"fastavg: {what} {place / 'm'} ")
    assert OBSTACLES[obstacle] in ended.err
    assert ended.err.count("\n") == 1
    assert everything(tmp_path) == before


@pytest.mark.parametrize("path", [
    "no/such/folder/m", "d.npz/m", "/proc/self/m", "n" * 256, "/sys/kernel/m",
])
def test_places_that_do_not_exist(path, data):
    ended = run(COMMAND, "train", data, *ONE, "--output", path, folder=data.parent)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.count("\n") == 1
    assert sorted(os.listdir(data.parent)) == ["X.npy", "d.npz", "y.npy"]


def hard_link(data, folder):
    os.link(data, folder / "other")
    return folder / "other"


def symbolic_link(data, folder):
    (folder / "other").symlink_to(data)
    return folder / "other"


def another_way(data, folder):
    return Path(os.path.relpath(data, folder))


def linked_folder(data, folder):
    (folder / "there").symlink_to(data.parent)
    return folder / "there" / data.name


ALIASES = [lambda data, folder: data, hard_link, symbolic_link, another_way, linked_folder]


@pytest.mark.parametrize("option", ["--output", "--checkpoint"])
@pytest.mark.parametrize("alias", ALIASES, ids=["itself", "hard", "link", "relative", "folder"])
def test_the_data_are_never_overwritten(option, alias, data, tmp_path):
    before = data.read_bytes()
    path = alias(data, tmp_path)
    ended = run(COMMAND, "train", data, *ONE, option, path, folder=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert "that is read; give it a name of its own" in ended.err
    assert data.read_bytes() == before


def test_nor_any_other_input(data, tmp_path):
    place, checkpoint = data.parent, tmp_path / "run"
    ended = run(COMMAND, "train", data, *ONE, "--checkpoint", checkpoint)
    assert ended.code == 0, ended.err
    before = {**everything(place), **everything(tmp_path)}
    for words in (
        ("X.npy", "--target", "y.npy", "--output", "y.npy"),
        ("X.npy", "--target", "y.npy", "--checkpoint", "X.npy"),
        ("d.npz", "--resume", checkpoint, "--output", checkpoint),
        ("d.npz", "--checkpoint", "same", "--output", "./same"),
    ):
        ended = run(COMMAND, "train", *words, *ONE, folder=place)
        assert (ended.code, ended.out) == (3, ""), words
        assert "of its own" in ended.err
    assert {**everything(place), **everything(tmp_path)} == before


def test_standard_output_that_is_an_input(data, model):
    before = model.read_bytes()
    ended = shell('"$FASTAVG" predict "$1" "$2" >> "$1"', model, data)
    assert ended.code == 3
    assert "standard output is the file" in ended.err
    assert model.read_bytes() == before


@pytest.mark.parametrize("dangling", [True, False])
def test_links_are_followed_and_stay(dangling, data, tmp_path):
    (tmp_path / "runs").mkdir()
    if not dangling:
        (tmp_path / "runs" / "1").write_text("old")
    link = tmp_path / "latest"
    link.symlink_to("runs/1")
    for option in ("--output", "--checkpoint"):
        ended = run(COMMAND, "train", data, *ONE, option, link)
        assert ended.code == (0 if dangling or option == "--output" else 3), ended.err
        assert os.readlink(link) == "runs/1"
        assert os.listdir(tmp_path / "runs") == ["1"]
        if dangling:
            (tmp_path / "runs" / "1").unlink()


def test_names_of_every_length_and_kind(data, tmp_path):
    names = ["n" * 255, "ä" * 127, "a b[red]{x}", b"caf\xe9".decode("utf-8", "surrogateescape")]
    for name in names:
        ended = run(COMMAND, "train", data, *ONE, "--output", name, folder=tmp_path)
        assert ended.code == 0, ended.err
        fastavg.load(tmp_path / name)
        os.unlink(tmp_path / name)
    assert os.listdir(tmp_path) == ["data"]


def private(script, *arguments):
    """In a mount namespace of its own."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("mount namespaces are not allowed here")
    return run("unshare", "-m", "bash", "-c", script, COMMAND, *arguments)


@pytest.mark.parametrize(("options", "reason"), [
    ("ro", "Read-only file system"), ("size=16k", "No space left on device"),
])
def test_disks_that_are_read_only_or_full(options, reason, data, tmp_path):
    script = (
        f'mount -t tmpfs -o {options} tmpfs "$1" && "$0" train "$2" --workers 1 --processes 1 '
        '--epochs 1 --hidden 100,100 --json --output "$1/m"; code=$?; ls -A "$1"; exit $code'
    )
    (tmp_path / "disk").mkdir()
    ended = private(script, tmp_path / "disk", data)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == f"fastavg: model {tmp_path}/disk/m cannot be written: {reason}\n"


def test_a_disk_that_fills_up_meanwhile_leaves_the_model_elsewhere(data, tmp_path):
    # The disk is full when training ends: a listener in the run fills it.
    (tmp_path / "disk").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "filler.py").write_text(
        "import contextlib\ndef act(name, round, worker):\n"
        "    with contextlib.suppress(OSError):\n        while name == 'committed':\n"
        f"            open({str(tmp_path / 'disk' / 'rest')!r}, 'ab', 0).write(bytes(1 << 12))\n"
    )
    script = (
        'mount -t tmpfs -o size=64k tmpfs "$1" && cd "$3" && '
        f"export FASTAVG_FAILPOINT_LISTENER=filler:act PYTHONPATH={tmp_path} && "
        '"$0" train "$2" --workers 1 --processes 1 --epochs 1 --hidden 8 --quiet '
        '--output "$1/m.safetensors"; code=$?; ls -A "$1"; exit $code'
    )
    ended = private(script, tmp_path / "disk", data, tmp_path / "here")
    assert ended.code == 3
    assert ended.out == "rest\n"
    (name,) = os.listdir(tmp_path / "here")
    assert ended.err == (
        f"fastavg: model {tmp_path}/disk/m.safetensors was not written: No space left on device; "
        f"it is in {tmp_path}/here/{name} instead\n"
    )
    fastavg.load(tmp_path / "here" / name)


# The same rule for who uses the library.


def some_model():
    X = np.random.default_rng(0).normal(size=(30, 2))
    return train(Network((2, 2)), X, X[:, 0] > 0, Plan(epochs=1)), X


SAVERS = {
    "Model.save": lambda path: some_model()[0].save(path),
    "to_onnx": lambda path: fastavg.to_onnx(some_model()[0], path),
    "estimator.save": lambda path: MLPClassifier((2,), max_iter=1, random_state=0).fit(
        some_model()[1], some_model()[1][:, 0] > 0
    ).save(path),
}


@pytest.mark.parametrize("saver", SAVERS)
def test_the_library_replaces_regular_files_only(saver, tmp_path):
    save = SAVERS[saver]
    (tmp_path / "old").write_text("old")
    (tmp_path / "link").symlink_to("old")
    save(tmp_path / "link")
    assert os.readlink(tmp_path / "link") == "old"
    assert (tmp_path / "old").stat().st_size > 100
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(os.listdir(tmp_path))
    for name in ("folder", "pipe"):
        with pytest.raises(ConfigError, match=f"{name} is a {name}"):
            save(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == before


def test_callbacks_check_their_file_when_they_are_made(tmp_path):
    from fastavg.estimators.callbacks.ready_made import SaveBest

    with pytest.raises(ConfigError, match="is a folder"):
        SaveBest(tmp_path)


# fastavg reproduce.

TINY = ("--splits", "1", "--workers", "2", "--epochs", "5", "--hidden", "3", "--quiet")


def test_reproduce_checks_its_folder_first(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "report.md").mkdir()
    before = everything(tmp_path)
    for place, words in (("file", "is a file"), ("file/in", "is a file"), ("/proc/self/x", ""),
                         ("full", "report.md is a folder")):
        ended = run(COMMAND, "reproduce", *TINY, "--output", place, folder=tmp_path)
        assert (ended.code, ended.out) == (3, ""), ended.err
        assert words in ended.err
        assert ended.err.count("\n") == 1
    assert everything(tmp_path) == before


def test_a_result_is_shown_even_if_the_model_is_elsewhere(data, model):
    # What was there before is replaced in one step.
    first = model.read_bytes()
    ended = run(COMMAND, "train", data, *ONE, "--seed", "1", "--output", model)
    assert json.loads(ended.out.splitlines()[-1])["model"] == str(model)
    assert model.read_bytes() != first


@pytest.mark.parametrize("reader", ["head -1", "true", "sleep 0"])
def test_a_reader_that_stops_early_costs_no_model_of_a_table(reader, tmp_path):
    lines = [f"{k % 7},{k % 5},{'yes' if k % 7 > 3 else 'no'}" for k in range(80)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,y", *lines]) + "\n")
    shell(
        '"$FASTAVG" train "$1" --target y --epochs 1 --output "$2" | ' + reader,
        tmp_path / "t.csv", tmp_path / "m.safetensors",
    )
    assert fastavg.load(tmp_path / "m.safetensors").target_name == "y"
