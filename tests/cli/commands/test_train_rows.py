"""``fastavg train --start-from``: a finished model is trained further."""

from __future__ import annotations

import json
import tomllib

import pytest

from tests.cli.in_process import refused, run

QUICK = ("--workers", 1, "--processes", 1, "--quiet")


def out_of(*arguments):
    code, out, err = run(*arguments)
    assert code == 0, err
    return out


def accuracy(*arguments):
    return json.loads(out_of(*arguments, "--json").splitlines()[-1])["accuracy"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("further") / "first.safetensors"
    out_of("train", *QUICK, "--hidden", "8", "--epochs", 2, "--output", path)
    return path


def test_more_passes_help_and_keep_the_layers(model, tmp_path):
    first = accuracy("evaluate", model)
    longer = tmp_path / "longer.safetensors"
    more = ("--start-from", model, "--epochs", 6, "--output", longer)
    assert accuracy("train", *QUICK, *more) > first
    assert "400 to 8 " in out_of("inspect", longer)


def test_the_printed_options_start_from_it_too(model):
    shown = tomllib.loads(out_of("train", *QUICK, "--start-from", model, "--print-config"))
    assert shown["network"]["start_from"] == str(model)
    assert shown["network"]["hidden"] == [8]


@pytest.mark.parametrize(("more", "said"), [
    (["--hidden", "9"], "hidden is 9, but the network of"),
    (["--scale", "minmax"], "scale is minmax, but rows are scaled as for"),
])
def test_other_layers_and_scalings_are_refused(model, more, said):
    assert said in refused(3, "train", *QUICK, "--start-from", model, *more)


def test_the_model_is_not_overwritten(model):
    before = model.read_bytes()
    assert "first.safetensors" in refused(
        3, "train", *QUICK, "--start-from", model, "--output", model
    )
    assert model.read_bytes() == before
