"""What an execution refuses."""

import pytest

from fastavg.errors import ConfigError
from fastavg.plan.execution import Execution


@pytest.mark.parametrize(("changes", "words"), [
    ({"processes": 0}, "processes is 0; it must be a whole number of at least 1"),
    ({"processes": 1.5}, r"processes is 1\.5; it must"),
    ({"resume": "auto"}, "resume is auto; that needs the checkpoint's path"),
])
def test_impossible_values_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        Execution(**changes)
