"""How single values are spelled."""

from __future__ import annotations

import pytest

from fastavg.data.spelling import level_name, parse_number


def test_texts_of_numbers():
    assert parse_number(" -1.5e2 ") == -150
    for wrong in ("1_000", "", "x"):
        with pytest.raises(ValueError, match=r"number|float"):
            parse_number(wrong)
    assert [level_name(value) for value in ("a", 3.0, 0.5, 7, False)] == [
        "a", "3", "0.5", "7", "false"
    ]
