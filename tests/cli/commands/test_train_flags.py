"""The flags of ``fastavg train``, ``--set`` and configuration files, through real processes."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import typer
from fastavg_cli.commands.train import PRESETS as NAMED
from fastavg_cli.commands.train_flags import HIDDEN, RARE, TABLES_ONLY, whole_or_auto

from fastavg.plan.profiles import PRESETS
from fastavg.plan.surfaces import entries
from tests.cli.commands.models import numbers
from tests.cli.in_process import run
from tests.cli.shell import records

SMALL = ("--quiet", "--json", "--workers", 2, "--hidden", "8", "--epochs", 1)


def sha(*options, cwd=None):
    code, out, err = run("train", *options, cwd=cwd)
    assert code == 0, err
    return records(out)[-1]["weights_sha256"]


def test_help_has_seven_panels_and_at_most_forty_flags():
    code, out, err = run("train", "--help")
    assert (code, err) == (0, "")
    panels = re.findall(r"─ (\w+) ─", out)
    assert panels == [
        "Arguments", "Options", "Data", "Network", "Training", "Averaging", "Regularisation",
        "Machine", "Output",
    ]
    flags = re.findall(r"^│ (--[\w-]+)", out, re.M)
    assert len(set(flags)) == len(flags)
    assert len([each for each in flags if each != "--help"]) <= 40
    known = {entry.about.flag for entry in entries().values() if entry.about.flag}
    assert known - set(HIDDEN) <= set(flags)
    page = (Path(__file__).parents[3] / "docs/how-to/tables.md").read_text()
    assert all(f"`{flag}" in page for flag in TABLES_ONLY)
    page = (Path(__file__).parents[3] / "docs/how-to/command-line.md").read_text()
    assert all(f"`{flag}" in page for flag in RARE)


def test_a_flag_of_one_algorithm_chooses_it():
    by_flag = sha(*SMALL, "--split-layers", 2)
    assert by_flag == sha(*SMALL, "--set", "algorithm=split-layers", "--set", "algorithm.slices=2")
    assert by_flag != sha(*SMALL)
    code, _, err = run("train", *SMALL, "--split-layers", 2, "--algorithm", "downpour")
    assert code == 3
    assert "downpour has no option 'slices'" in err


@pytest.mark.parametrize("options", [
    (), *(("--preset", name, "--epochs", 10) for name in PRESETS),
    ("--solver", "lbfgs", "--set", "solver.max_fun=5"),
    ("--solver", "sgd", "--set", "solver.momentum=0.5", "--loss", "squared_hinge",
     "--set", "sampling.shuffle=false", "--dropout", "0.2", "--average-every", 0.5),
    ("--average-every", "3 steps", "--set", "execution.block_seconds=0"),
], ids=lambda options: "-".join(map(str, options[:2])))
def test_a_printed_configuration_makes_the_same_weights(options, tmp_path):
    options = (*SMALL, *options)
    code, out, err = run("train", *options, "--print-config")
    assert (code, err) == (0, "")
    found = tomllib.loads(out)
    assert "auto" not in {found["batch_size"], found["workers"], found["network"]["output"]}
    path = tmp_path / "run.toml"
    path.write_text(out)
    assert sha("--config", path, "--quiet", "--json") == sha(*options)


def test_a_printed_configuration_of_a_table_makes_the_same_weights(tmp_path):
    numbers(120).to_csv(tmp_path / "t.csv", index=False)
    options = (
        "t.csv", "--target", "kind", "--preset", "tabular", "--effort", "fast", "--epochs", 3,
        "--hidden", "auto", "--workers", "auto", "--seed", 5, "--quiet", "--json",
    )
    code, out, err = run("train", *options, "--print-config", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert "auto" not in {tomllib.loads(out)["workers"], tomllib.loads(out)["network"]["hidden"][0]}
    (tmp_path / "run.toml").write_text(out)
    again = sha("--config", "run.toml", "--quiet", "--json", cwd=tmp_path)
    assert again == sha(*options, cwd=tmp_path)


def test_profiles_that_a_user_can_name_are_the_tested_ones():
    # Above: shell by (), those of PRESETS, and the one for tables.
    assert {*PRESETS, "shell", "tabular"} == set(NAMED)


def test_workers_are_a_number_or_auto():
    assert (whole_or_auto("3"), whole_or_auto("auto")) == (3, "auto")
    with pytest.raises(typer.BadParameter, match=r"'1\.5' is neither a whole number nor auto"):
        whole_or_auto("1.5")


def test_help_does_not_wait_for_the_compiler():
    code = (
        "import sys; from fastavg_cli.commands.train import command; command(); "
        "print({'numba', 'scipy', 'sklearn', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "set()\n", "")


def test_flags_win_over_a_file_and_set_over_flags(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("epochs = 1\nworkers = 2\n[network]\nhidden = [8]\n[solver]\nname = 'sgd'\n")
    code, out, err = run(
        "train", "--config", path, "--epochs", 3, "--set", "epochs=2", "--set", "seed=5",
        "--print-config",
    )
    assert (code, err) == (0, "")
    found = tomllib.loads(out)
    assert (found["epochs"], found["seed"], found["solver"]["name"]) == (2, 5, "sgd")
    assert found["network"]["hidden"] == [8]


def test_validation_rows_classes_and_early_stopping(tmp_path):
    random = np.random.default_rng(0)
    X = random.normal(50, 20, (300, 3))
    y = (X[:, 0] > 70).astype(int)
    for name, rows in (("a", slice(0, 200)), ("b", slice(200, 300))):
        np.savetxt(tmp_path / f"{name}.csv", np.column_stack([X[rows], y[rows]]), delimiter=",",
                   header="a,b,c,label", comments="")
    data = ("a.csv", "--target", "label")
    plain = sha(*data, *SMALL, cwd=tmp_path)
    balanced = sha(*data, *SMALL, "--class-weight", "balanced", cwd=tmp_path)
    assert plain != balanced
    validated = (*data, *SMALL, "--epochs", 200, "--patience", 2)
    held = ("--early-stopping", "--validation-size", 0.2)
    for more in (held, ("--validation", "b.csv")):
        code, out, err = run("train", *validated, *more, cwd=tmp_path)
        assert code == 0, err
        assert records(out)[-1]["epochs"] < 200
    # Rows that are only looked at: all epochs are trained, the best weights are kept.
    short = (*data, *SMALL, "--epochs", 3)
    code, out, err = run("train", *short, "--validation-size", 0.2, cwd=tmp_path)
    assert code == 0, err
    assert records(out)[-1]["epochs"] == 3
    assert records(out)[-1]["weights_sha256"] != sha(*short, cwd=tmp_path)


def test_training_ends_with_the_round_in_which_the_time_is_over():
    code, out, err = run("train", *SMALL, "--epochs", 1e6, "--max-seconds", 0.2)
    assert code == 0, err
    assert records(out)[-1]["epochs"] < 1e6
