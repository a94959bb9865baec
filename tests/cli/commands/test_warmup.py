"""``fastavg warmup``: kernels are there before the first training."""

from __future__ import annotations

from tests.cli.shell import records, refused, run


def test_a_part_is_compiled_once():
    code, out, err = run("warmup", "--part", "training", "--json")
    assert (code, err) == (0, "")
    (record,) = records(out)
    assert (record["event"], record["dtype"], record["part"]) == ("compiled", "float32", "training")
    code, out, _ = run("warmup", "--part", "training")
    assert "was there" in out
    assert out.splitlines()[-1].startswith("kernels  ")


def test_what_is_unknown():
    assert "choose float32, float64, both" in refused(3, "warmup", "--dtype", "bfloat16")
    told = refused(3, "warmup", "--part", "all")
    assert "choose training, rounds, weights, prediction, search" in told
