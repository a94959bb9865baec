"""Options of training on a table: names between commas, and what is refused."""

from __future__ import annotations

import pytest

from fastavg import ConfigError
from fastavg.plan.table_options import TableOptions, names_in


def test_names_come_as_text_or_as_a_list():
    assert names_in("a, b,") == names_in(["a", "b"]) == ("a", "b")
    made = TableOptions(features="age,town", ignore=["na,me"], categorical="")
    assert (made.features, made.ignore, made.categorical) == (("age", "town"), ("na,me",), ())


@pytest.mark.parametrize(("changes", "said"), [
    ({"effort": "much"}, "effort is 'much'|effort 'much'"), ({"members": 0}, "members is 0"),
    ({"bad_rows": "drop"}, "bad_rows"),
])
def test_impossible_values(changes, said):
    with pytest.raises(ConfigError, match=said):
        TableOptions(**changes)


def test_quantiles_are_numbers():
    assert TableOptions(quantiles="0.05, 0.5").quantiles == (0.05, 0.5)
    assert TableOptions(quantiles=0.5).quantiles == (0.5,)
    with pytest.raises(ConfigError, match="quantiles is 'low'"):
        TableOptions(quantiles="low")
