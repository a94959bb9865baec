"""``fastavg train --sampling partitions``: one SHA-256, and bad parts in one sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.cli.in_process import refused, run
from tests.communicators.mpiexec import PYTHON
from tests.communicators.mpiexec import run as run_ranks
from tests.data.parts.sources import rows, source, write_parquet
from tests.data.parts.tables import write_table

SMALL = ("--sampling", "partitions", "--epochs", "2", "--hidden", "6")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    source("parquets", folder)
    source("npy", folder)
    return folder


def last_record(out):
    return json.loads(out.splitlines()[-1])


def test_one_digest_for_any_ranks_and_processes(folder):
    files = (folder / "*.parquet", "--target", "y")
    options = ("train", *files, *SMALL, "--workers", "4", "--json", "--quiet")
    code, out, err = run(*options, "--processes", "1")
    assert (code, err) == (0, "")
    expected = last_record(out)
    for ranks, processes in ((2, 2), (3, 1), (5, 1)):
        ended = run_ranks(
            "-n", ranks, PYTHON, "-m", "fastavg_cli", *options, "--processes", processes
        )
        assert (ended.code, ended.err) == (0, "")
        found = last_record(ended.out)
        for name in ("weights_sha256", "accuracy", "loss"):
            assert found[name] == expected[name], (ranks, name)


def test_a_rank_that_cannot_read_its_part_ends_all_in_one_sentence(folder, tmp_path):
    X, y = rows()
    X[100, 1] = np.nan
    path = write_parquet(tmp_path / "a.parquet", X, y)
    ended = run_ranks(
        "-n", 3, PYTHON, "-m", "fastavg_cli", "train", path, "--target", "y", *SMALL,
        "--workers", "3", "--quiet",
    )
    assert (ended.code, ended.out) == (3, "")
    lines = {line.partition(" (on rank")[0] for line in ended.err.splitlines()}
    assert lines == {
        f"fastavg: {path}, row 100, column 'x1' is empty; it must be a finite number, or "
        "null where none is known"
    }


def test_what_was_decided_is_said_and_the_model_predicts(folder, tmp_path):
    model = tmp_path / "m.safetensors"
    files = (folder / "X.npy", "--target", folder / "y.npy")
    code, out, err = run("train", *files, *SMALL, "--workers", "4", "--output", model)
    assert code == 0
    assert "71 rows train, 32 test; 4 workers, each with its own part of 17 to 18 rows" in err
    assert "test accuracy" in out
    assert "(32 rows)" in out
    code, out, _ = run("evaluate", model, *files, "--json")
    assert code == 0
    assert "accuracy" in last_record(out)


def test_auto_says_what_it_has_chosen(folder):
    files = (folder / "X.npy", "--target", folder / "y.npy", "--workers", "2", "--epochs", "1")
    code, _, err = run("train", *files, "--sampling", "auto", "--hidden", "4")
    assert code == 0
    assert "sampling: shards, as reading all rows on every rank takes 0.0 GB, which fits" in err


@pytest.mark.parametrize(("options", "said"), [
    (("--run", "folder"), "--run keeps the predictions of all test rows"),
    (("--workers", "200"), "200 workers cannot share 103 training rows"),
])
def test_what_needs_all_rows_is_refused(options, said, folder):
    files = (folder / "X.npy", "--target", folder / "y.npy")
    assert said in refused(3, "train", *files, *SMALL, *options)


def test_the_options_are_printed(folder):
    files = (folder / "X.npy", "--target", folder / "y.npy", "--workers", "4")
    code, out, _ = run("train", *files, *SMALL, "--print-config")
    assert code == 0
    assert 'name = "partitions"' in out
    assert "workers = 4" in out


def test_rows_that_stay_on_disk_say_how_much_memory_they_take(folder):
    given = (
        folder / "*.parquet", "--target", "y", "--workers", "4", "--set", "data.rows_from=disk"
    )
    code, out, err = run("train", *given, *SMALL, "--set", "sampling.window=8")
    assert code == 0
    assert "each process has two windows of 8 rows in memory, 0 MB; " in err
    assert "; a row group of up to 0 MB is decoded at a time" in err
    code, out, _ = run("train", *given, *SMALL, "--print-config")
    assert code == 0
    # 64 MB of five float32 a row.
    assert f"window = {(1 << 26) // 20}" in out


def test_words_are_learnt_together_and_the_model_knows_them(tmp_path):
    path, model = write_table(tmp_path), tmp_path / "m.safetensors"
    options = (
        "train", path, "--target", "price", "--sampling", "partitions", "--epochs", "20",
        "--hidden", "8", "--workers", "3", "--batch-size", "8", "--class-weight", "balanced",
    )
    code, out, err = run(*options, "--output", model)
    assert code == 0, err
    assert "2 classes; 23 features from 9 of 13 columns; 168 rows train, 72 test" in err
    code, out, err = run("evaluate", model, path)
    assert (code, err) == (0, "")
    assert out.startswith("accuracy  0.")
    assert "rows      240\n" in out
    code, out, err = run("predict", model, tmp_path / "a.parquet")
    assert (code, err) == (0, "")
    assert {*out.split()} == {"cheap", "dear"}
    digests = set()
    for ranks in (1, 3):
        ended = run_ranks("-n", ranks, PYTHON, "-m", "fastavg_cli", *options, "--json", "--quiet")
        assert (ended.code, ended.err) == (0, "")
        digests.add(last_record(ended.out)["weights_sha256"])
    assert len(digests) == 1
    assert refused(3, *options, "--scale", "decorrelate") == (
        "fastavg: scale is decorrelate, and a table with words or missing values by robust, "
        "standard, minmax, quantile\n"
    )
