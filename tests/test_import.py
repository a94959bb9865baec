"""``import fastavg`` loads nothing that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import fastavg

HEAVY = {"numba", "scipy", "sklearn", "numpy", "joblib", "safetensors", "typer", "psutil"}


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_import_is_light():
    assert not loaded_by("import fastavg") & HEAVY


def test_command_line_is_light():
    assert not loaded_by("import fastavg_cli.app") & (HEAVY - {"typer"})


def test_training_a_plain_network_loads_nothing_that_tables_need():
    train = (
        "import fastavg_cli.entry; "
        "sys.argv = ['fastavg', 'train', '--workers', '2', '--epochs', '1', '--quiet']; "
        "fastavg_cli.entry.main()"
    )
    code = f"import atexit, sys; atexit.register(lambda: print(*sys.modules)); {train}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "fastavg_cli" in loaded
    assert not loaded & {"sklearn", "pandas", "joblib", "pyarrow"}


def test_predicting_from_a_file_does_not_load_pandas(tmp_path):
    code = """
import pyarrow as pa
from pyarrow import parquet
numbers = pa.array([float(at % 7) for at in range(40)] + [None])
table = pa.table({"a": numbers, "b": ["x", "y"] * 20 + [None], "t": ["u", "v"] * 20 + ["u"]})
parquet.write_table(table, "t.parquet")
import fastavg
frame = table.to_pandas()
fastavg.TabularClassifier("fast").fit(frame.drop(columns="t"), frame["t"]).model_.save(
    "m.safetensors")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300, cwd=tmp_path)
    predict = "sys.argv = ['fastavg', 'predict', 'm.safetensors', 't.parquet']; "
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules)); "
        f"import fastavg_cli.entry; {predict} fastavg_cli.entry.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120,
        cwd=tmp_path,
    )
    *answers, loaded = done.stdout.splitlines()
    assert len(answers) == 41
    assert "pyarrow" in loaded.split()
    assert "pandas" not in loaded.split()


def test_children_start_before_numpy_is_loaded():
    assert "numpy" not in loaded_by("import fastavg.training.team.fork_server")


SIDE_EFFECTS = """
import os, signal, sys, threading
import psutil
handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
hook, environment = sys.excepthook, dict(os.environ)
import fastavg
from fastavg import MLPClassifier, Model, Plan, train
assert sys.excepthook is hook
assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
assert dict(os.environ) == environment
assert threading.active_count() == 1
assert psutil.Process().children() == []
assert "fastavg.communicators.mpi.abort" not in sys.modules
"""


@pytest.mark.parametrize("launch", [{}, {"PMI_SIZE": "2", "PMI_RANK": "1"}])
def test_import_has_no_side_effect(launch):
    done = subprocess.run(
        [sys.executable, "-c", SIDE_EFFECTS], env={**os.environ, **launch},
        capture_output=True, text=True, check=False, timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", fastavg.__all__)
def test_every_public_name_exists(name):
    assert getattr(fastavg, name) is not None
    assert name in dir(fastavg)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        fastavg.nonsense  # noqa: B018
