"""What a command will write is checked before the work."""

from __future__ import annotations

import numpy as np
import pytest
from fastavg_cli.commands.destinations import check_destinations, check_room, save_model

from fastavg import ConfigError, Execution
from tests.cli.terminal.events import MODEL


def test_files_that_are_read_are_never_written(tmp_path):
    data = tmp_path / "data.npz"
    np.savez(data, X=np.zeros((2, 4)))
    check_destinations(tmp_path / "m.safetensors", [data, None])
    with pytest.raises(ConfigError, match=r"is the file .* that is read"):
        check_destinations(data, [data])
    # One of several files that a pattern stands for.
    with pytest.raises(ConfigError, match="that is read"):
        check_destinations(data, [str(tmp_path / "*.npz")])
    # A column's name is no file.
    check_destinations(tmp_path / "m.safetensors", ["species"])


def test_a_checkpoint_and_a_model_are_two_files(tmp_path):
    file = tmp_path / "one"
    with pytest.raises(ConfigError, match="model and checkpoint are both"):
        check_destinations(file, [], Execution(checkpoint=file))
    with pytest.raises(ConfigError, match="that is read"):
        check_destinations(file, [], Execution(checkpoint=tmp_path / "c", resume=file))


def test_room_is_asked_for_before_the_work(tmp_path):
    check_room(None, MODEL)
    check_room(tmp_path / "m.safetensors", MODEL)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match="folder that does not exist"):
        check_room(tmp_path / "no" / "m.safetensors", MODEL)


def test_a_model_that_cannot_be_written_is_elsewhere(tmp_path, monkeypatch):
    save_model(MODEL, None)
    other = tmp_path / "here"
    other.mkdir()
    monkeypatch.chdir(other)
    with pytest.raises(ConfigError, match=r"was not written.*it is in .*here"):
        save_model(MODEL, tmp_path / "gone" / "m.safetensors")
    assert len(list(other.iterdir())) == 1
