"""``fastavg warmup``: kernels are there before the first training."""

from __future__ import annotations

from fastavg.reports.diagnosis import PARTS
from tests.cli.shell import records, refused, run


def test_every_part_is_compiled_once():
    code, out, err = run("warmup", "--json")
    assert (code, err) == (0, "")
    assert [each["part"] for each in records(out)] == list(PARTS)
    again = records(run("warmup", "--json")[1])
    assert not any(each["new"] for each in again)


def test_an_unknown_dtype():
    assert "choose float32, float64, both" in refused(3, "warmup", "--dtype", "bfloat16")
