"""Run folders: never overwritten, read again, refused when damaged."""

from __future__ import annotations

import pytest

from fastavg import ConfigError, DataError
from fastavg.runs.run_folder import RunFolder, create_run


def test_a_folder_that_is_there_gets_the_next_number(tmp_path):
    names = []
    for _ in range(3):
        folder = create_run(tmp_path / "runs" / "iris")
        folder.config.write_text("seed = 0\n")
        names.append(folder.path.name)
    assert names == ["iris", "iris-2", "iris-3"]
    (tmp_path / "empty").mkdir()
    assert create_run(tmp_path / "empty").path == tmp_path / "empty"


def test_force_empties_run_folders_only(tmp_path):
    folder = create_run(tmp_path / "a")
    folder.events.write_text("{}\n")
    assert create_run(tmp_path / "a", force=True) == folder
    assert list(folder.path.iterdir()) == []
    (folder.path / "thesis.tex").write_text("x")
    with pytest.raises(ConfigError, match=r"holds thesis\.tex, which no run has written"):
        create_run(tmp_path / "a", force=True)


def test_resume_goes_on_in_the_folder_of_the_checkpoint(tmp_path):
    folder = create_run(tmp_path / "a")
    folder.checkpoint.write_bytes(b"x")
    assert create_run(tmp_path / "a", resume=True) == folder
    assert create_run(tmp_path / "b", resume=True).path.name == "b"


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "a").write_text("x")
    with pytest.raises(ConfigError, match="cannot be made"):
        create_run(tmp_path / "a" / "b")


def test_events_are_read_while_they_are_written(tmp_path):
    folder = create_run(tmp_path / "a")
    folder.events.write_text('{"schema": 1, "event": "run"}\n{"schema": 1, "ev')
    assert [each["event"] for each in folder.happened()] == ["run"]


@pytest.mark.parametrize(("text", "said"), [
    ('{"schema": 1, "event": "run"}\n{"sch\n', r"line 2, is damaged: it is no JSON object"),
    ('{"schema": 1}\n', r"events.jsonl, line 1, is damaged: it has no event"),
    ("[1]\n", "line 1, is damaged"),
    ('{"schema": 9}\n', "line 1, has schema 9, of a newer fastavg"),
])
def test_a_damaged_line_is_named(tmp_path, text, said):
    folder = create_run(tmp_path / "a")
    folder.events.write_text(text)
    with pytest.raises(DataError, match=said):
        folder.happened()


def test_what_is_no_finished_run_says_so(tmp_path):
    with pytest.raises(DataError, match="there is no run folder"):
        RunFolder(tmp_path / "none").measured()
    folder = create_run(tmp_path / "a")
    with pytest.raises(DataError, match=r"is no run folder: it has no config\.toml"):
        folder.measured()
    folder.config.write_text("seed = [")
    with pytest.raises(DataError, match="not finished"):
        folder.measured()
    with pytest.raises(DataError, match="is no TOML"):
        folder.options()
