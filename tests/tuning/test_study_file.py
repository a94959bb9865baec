"""The folder of a search: one search at a time, and only its own."""

from __future__ import annotations

import pytest

from fastavg.errors import ConfigError
from fastavg.tuning.study_file import JOURNAL, open_study, write_best, write_table


def test_a_study_is_found_again_and_broken_trials_do_not_count(tmp_path):
    with open_study(tmp_path / "s", {"seed": 1}) as study:
        study.ask()
    with open_study(tmp_path / "s", {"seed": 1}) as study:
        assert [trial.state.name for trial in study.trials] == ["FAIL"]


def test_a_folder_of_another_search_is_refused(tmp_path):
    with open_study(tmp_path / "s", {"seed": 1, "rows": "a"}):
        pass
    with (
        pytest.raises(ConfigError, match="a search of other rows, seed; name another folder"),
        open_study(tmp_path / "s", {"seed": 2, "rows": "b"}),
    ):
        pass


def test_a_folder_in_use_is_refused(tmp_path):
    with (
        open_study(tmp_path / "s", {}),
        pytest.raises(ConfigError, match="a search is under way in"),
        open_study(tmp_path / "s", {}),
    ):
        pass


def test_a_folder_with_other_files_and_a_damaged_journal_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="files of something else"), open_study(tmp_path, {}):
        pass
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / JOURNAL).write_text("nothing\n" * 3)
    with pytest.raises(ConfigError, match="is damaged"), open_study(tmp_path / "s", {}):
        pass


def test_files_are_written(tmp_path):
    write_best(tmp_path, "seed = 1\n")
    write_table(tmp_path, ("trial", "hidden"), [(1, "64,32")])
    assert (tmp_path / "best.toml").read_text() == "seed = 1\n"
    assert (tmp_path / "trials.csv").read_text() == 'trial,hidden\n1,"64,32"\n'
