"""Tables from results whose figures are known."""

from __future__ import annotations

import numpy as np

from fastavg.experiments.protocol import Protocol
from fastavg.experiments.results import Results
from fastavg.experiments.statistics import Crossing
from fastavg.experiments.tables import (
    accuracy_table,
    cores,
    cost_table,
    crossing_table,
    epochs_text,
    parallel_columns,
    seconds_table,
)
from tests.experiments.made_up import PROTOCOL, results


def test_accuracy_has_the_papers_columns_and_ours():
    table = accuracy_table(PROTOCOL, results())
    assert table.header == (
        "Epochs", "Paper, sequential", "Paper, parallel", "Sequential", "Parallel (2)",
        "Parallel (4)", "Derivatives (4)", "Symmetric start",
    )
    # The second split is one point above the first.
    spread = f"{np.std([0, 1], ddof=1):.2f}"
    assert table.rows[-1] == [
        "200", "86.89", "87.28", f"90.50 ± {spread}", f"91.50 ± {spread}", f"89.50 ± {spread}",
        f"90.50 ± {spread}", f"95.50 ± {spread}",
    ]


def test_an_epoch_that_the_paper_does_not_give_has_a_dash():
    protocol = Protocol(splits=2, workers=(2, 4), epochs=(105, 200))
    assert accuracy_table(protocol, results(protocol=protocol)).rows[0][:3] == ["105", "–", "–"]


def test_seconds_are_measured_and_computed():
    table = seconds_table(PROTOCOL, results())
    assert table.header[1:4] == ("Paper, sequential", "Paper, parallel (2)", "Paper, parallel (4)")
    # 40 rounds of half a second; computed 0.25 and 0.01 a round for several workers.
    assert table.rows[-1] == [
        "200", "494", "337", "318", "20.00", "20.00", "20.00", "10.40", "10.40",
    ]
    assert "2 cores" in table.caption


def test_costs_are_milliseconds_of_a_round():
    rows = cost_table(PROTOCOL, results()).rows
    assert rows[0] == ["Sequential", "1", "200.00", "250.00", "10.00", "50.00", "400"]
    assert [row[0] for row in rows] == [column.title for column in PROTOCOL.columns]


def test_a_level_that_is_not_reached_has_dashes():
    low = dict.fromkeys(
        ("model-1", "model-2", "model-4", "derivative-4", "symmetric-1"), 0.6
    ) | {"model-2": 0.91}
    rows = {row[0]: row for row in crossing_table(PROTOCOL, results(low)).rows}
    assert rows["Sequential"][1:] == ["–", "–", "0 of 2", "–", "–"]
    assert rows["Parallel (2)"][3] == "2 of 2"
    # The mean of both splits is 88 % where the first one is 87.5 %.
    mean = 50 + 41 * np.arange(40) / 39 + 0.5
    reached = 5 * (int(np.flatnonzero(mean >= 88)[0]) + 1)
    assert rows["Parallel (2)"][1].startswith(f"{reached} ±")
    assert rows["Parallel (2)"][4] == f"{reached / 10:.2f}"


def test_words():
    assert epochs_text(Crossing(None, None, 0, 2, 0.0, 0.0)) == "–"
    assert epochs_text(Crossing(35.0, None, 2, 2, 0.0, 0.0)) == "35"
    assert epochs_text(Crossing(35.0, 2.4, 2, 2, 0.0, 0.0)) == "35 ± 2"
    assert [cores(Results({}, {"cpus": count})) for count in (1, 8)] == ["1 core", "8 cores"]
    assert [column.workers for column in parallel_columns(PROTOCOL)] == [2, 4]
