"""What an execution refuses."""

import pytest

from fastavg.errors import ConfigError
from fastavg.plan.execution import Execution


@pytest.mark.parametrize(("changes", "words"), [
    ({"processes": 0}, "processes is 0; it must be a whole number of at least 1"),
    ({"processes": 1.5}, r"processes is 1\.5; it must"),
    ({"rank": -1}, "rank is -1; it must be a whole number of at least 0"),
    ({"communicator": "tcp", "rank": 0, "size": 1, "key_file": "k"},
     "communicator is tcp and rendezvous is not given; ranks meet by rendezvous"),
    ({"size": 2}, "size is given and communicator is not tcp; it belongs to tcp"),
    ({"resume": "auto"}, "resume is auto; that needs the checkpoint's path"),
])
def test_impossible_values_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        Execution(**changes)


def test_tcp_connects_by_its_options(tmp_path):
    execution = Execution(
        communicator="tcp", rendezvous="localhost:1", rank=0, size=1, key_file=tmp_path / "key.pem"
    )
    ranks = execution.connect()
    assert (ranks.rank, ranks.size) == (0, 1)
    assert Execution().connect().size == 1
