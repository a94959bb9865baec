"""Room for ranks on Ray; fits are in test_ray_estimators.py."""

from __future__ import annotations

from fastavg.ray.ray_engine import RayEngine
from tests.communicators.mpiexec import PYTHON, finish, start_program
from tests.engines.test_contract import names_of_an_engine

PROGRAM = """
import ray
from fastavg.ray.ray_engine import RayEngine
ray.init(num_cpus=5, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
two = RayEngine(None, 2)
print(RayEngine(None, 1).slots(None), two.slots(9))
rooms = two.memory(9)
print(len(rooms), len({room.host for room in rooms}), rooms[0].memory > 10**6)
print(len(two.memory(1)))
ray.shutdown()
"""


def test_it_has_what_an_engine_has():
    assert names_of_an_engine() <= set(dir(RayEngine))


def test_room_is_counted_in_actors_with_all_their_cpus():
    ended = finish(start_program(PYTHON, "-W", "ignore", "-c", PROGRAM), 60)
    assert ended.code == 0, ended.err
    assert ended.out.split() == ["5", "2", "2", "1", "True", "1"]
