"""A model's C file as a program."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from fastavg.data.frame_sources import frame_of
from fastavg.models.c_source import c_source

STRICT = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-DFASTAVG_MAIN")


def compiler():
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found is None:
        pytest.skip("there is no C compiler here")
    return found


def answers(model, lines, folder):
    """The outputs of the compiled model for rows of text."""
    source, program = folder / "model.c", folder / "model"
    source.write_text(c_source(model))
    made = subprocess.run(
        [compiler(), *STRICT, source, "-o", program, "-lm"], capture_output=True, text=True,
        timeout=100,
    )
    assert made.returncode == 0, made.stderr
    done = subprocess.run(
        [program], input="".join(f"{line}\n" for line in lines), capture_output=True, text=True,
        timeout=60,
    )
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    return np.array([[float(each) for each in line.split("\t")] for line in lines])


def matrix_lines(X):
    return ["\t".join(map(repr, row)) for row in X.tolist()]


def table_lines(model, frame):
    """Rows with the model's columns between tabs: numbers, days, words, or nothing."""
    made, columns = frame_of(frame), []
    for name in model.feature_names:
        if made.kind(name) in ("number", "date"):
            columns.append([
                "" if np.isnan(value) else repr(value) for value in made.numbers(name).tolist()
            ])
        else:
            codes, levels = made.categories(name)
            columns.append([levels[code] if code >= 0 else "" for code in codes.tolist()])
    return ["\t".join(row) for row in zip(*columns, strict=True)]
