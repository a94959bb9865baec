"""The weights of every recorded run are what they have always been."""

import pytest

from tests.promises.recorded_run import Layout
from tests.promises.weights_record import RUNS, differences, digest, environment, read

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(120)]
RECORD = read()
SAME_ENVIRONMENT = not differences(RECORD["environment"])


@pytest.mark.parametrize("name", sorted(RUNS))
def test_weights_are_the_recorded_ones(name):
    run = RUNS[name]
    if SAME_ENVIRONMENT:
        assert digest(run) == RECORD["sha256"][name]
    else:
        # Other machines and versions may have other bits, the same ones for any layout.
        digest(run, {*run.layouts, Layout(1), Layout(2)})


def test_every_run_is_recorded_and_differs_from_all_others():
    assert RECORD["sha256"].keys() == RUNS.keys()
    assert len(set(RECORD["sha256"].values())) == len(RUNS)


def test_another_environment_is_named():
    assert differences(environment()) == []
    (line,) = differences({**environment(), "numpy": "0.1"})
    assert line.startswith("numpy: '0.1' in the record")
