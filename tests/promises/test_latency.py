"""What is done for one row, one name or one line, counted: time itself depends on the machine."""

from __future__ import annotations

import io
import sys
import warnings

import numpy as np
import pytest
from fastavg_cli.terminal.csv_lines import BLOCK, write_rows
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

from fastavg import DataError, MLPClassifier, MLPRegressor
from fastavg.data.names import by_name, check_distinct
from fastavg.data.readers.by_suffix import read

X = np.random.default_rng(0).normal(size=(300, 20))
KINDS = {
    "classifier": (MLPClassifier, TheirClassifier, (X[:, 0] > 0).astype(int)),
    "regressor": (MLPRegressor, TheirRegressor, X[:, 0]),
}


def calls(function):
    """Functions, of Python and of C, that are called in a call that is not the first."""
    for _ in range(3):
        function()
    count = 0

    def count_call(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(count_call)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("kind", "what"), [
    ("classifier", "predict"), ("classifier", "predict_proba"), ("classifier", "partial_fit"),
    ("regressor", "predict"), ("regressor", "partial_fit"),
])
def test_few_rows_take_less_than_half_the_calls_of_scikit_learn(kind, what, rows):
    ours, theirs, y = KINDS[kind]
    arguments = (X[:rows], y[:rows]) if what == "partial_fit" else (X[:rows],)
    counts = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for made in (ours, theirs):
            model = made(hidden_layer_sizes=(30,), max_iter=2, random_state=0).fit(X, y)
            counts.append(calls(lambda model=model: getattr(model, what)(*arguments)))
    assert 2 * counts[0] < counts[1]


class Written(io.StringIO):
    """A standard output that counts how often it is written to and flushed."""

    def __init__(self):
        super().__init__()
        self.times = 0

    def write(self, text):
        self.times += 1
        return super().write(text)

    def flush(self):
        self.times += 1


def test_predictions_are_written_in_blocks(monkeypatch):
    stream = Written()
    monkeypatch.setattr(sys, "stdout", stream)
    write_rows(np.arange(10 * BLOCK))
    assert stream.getvalue().count("\n") == 10 * BLOCK
    assert stream.times <= 40


class Name(str):
    """A name that counts how often names are compared."""

    compared = 0
    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        Name.compared += 1
        return str.__eq__(self, other)


@pytest.mark.parametrize("repeated", [False, True])
def test_repeated_names_are_found_in_linear_time(repeated, monkeypatch):
    names = [Name(f"gene_{k}") for k in range(3000)] + [Name("gene_2999")] * repeated
    monkeypatch.setattr(Name, "compared", 0)
    if repeated:
        with pytest.raises(DataError, match="two columns 'gene_2999'"):
            check_distinct(names, "wide.csv")
    else:
        check_distinct(names, "wide.csv")
    assert Name.compared < 2 * len(names)


@pytest.mark.parametrize("lack", [0, 1, 3000])
def test_columns_are_found_in_linear_time(lack, monkeypatch):
    known = [Name(f"gene_{k}") for k in range(3000)]
    X = np.zeros(2, [(f"gene_{k + lack}", "f4") for k in range(3000)])
    monkeypatch.setattr(Name, "compared", 0)
    if lack:
        with pytest.raises(DataError, match="has no column 'gene_0'"):
            by_name(X, known)
    else:
        assert by_name(X, known).shape == (2, 3000)
    assert Name.compared < 10 * len(known)


@pytest.mark.parametrize("last", ["gene_9999", "gene_0"])
def test_a_table_of_many_columns_is_read(last, tmp_path):
    names = [*(f"gene_{k}" for k in range(9999)), last]
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([",".join(names), *[",".join(["0.125"] * 10_000)] * 3]) + "\n")
    if last == "gene_0":
        with pytest.raises(DataError, match="two columns 'gene_0'"):
            read(path)
    else:
        assert read(path).names == tuple(names)
