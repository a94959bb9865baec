"""Predictions as CSV, read back by the standard library."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from fastavg_cli.terminal import csv_lines
from fastavg_cli.terminal.csv_lines import fields, write_fields, write_numbers, write_rows


def back(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("block", [1, 3, 4096])
def test_rows_come_back_whatever_the_size_of_a_block(block, capsys, monkeypatch):
    monkeypatch.setattr(csv_lines, "BLOCK", block)
    table = np.random.default_rng(0).normal(size=(7, 2))
    write_rows(table, ["no", "yes"])
    head, *rows = back(capsys.readouterr().out)
    assert head == ["no", "yes"]
    assert np.array_equal(np.array(rows, float), table)


def test_labels_are_quoted_where_needed(capsys):
    labels = np.array(['a "b"', "c,d", "two\nlines", "", "é"], object)
    write_rows(labels)
    assert back(capsys.readouterr().out) == [[label] for label in labels]


def test_no_rows_are_no_lines(capsys):
    write_rows(np.zeros((0, 2)))
    assert capsys.readouterr().out == ""
    write_rows(np.zeros((0, 2)), ["a", "b"])
    assert capsys.readouterr().out == "a,b\n"


def test_numbers_come_back_to_the_bit(capsys):
    table = np.random.default_rng(1).normal(size=(50, 3)) * 10.0 ** np.arange(-9, 9, 6)
    write_numbers(table)
    write_numbers(table[:0])
    assert np.array_equal(np.array(back(capsys.readouterr().out), float), table)


def test_fields_in_one_line_or_one_in_each(capsys):
    labels = ['a "b"', "c,d", "é", "7"]
    write_fields(fields(labels), ",")
    write_fields(fields(labels))
    write_fields([])
    assert back(capsys.readouterr().out) == [labels, *([label] for label in labels)]
