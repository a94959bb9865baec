"""Kernels are compiled once, whatever the umask, the home folder and its owner; and only read
from a folder that nobody else can write to."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from tests.promises.programs import python, run

# Python's own library may lie where another user cannot read it: load everything first.
ASK = (
    "import os, sys\n"
    "from fastavg.kernels.jit.cache_folder import cache_folder as ask, source_digest\n"
    "source_digest()\nos.umask(int(sys.argv[1], 8))\n"
    "if len(sys.argv) > 2: os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))\n"
    "print(ask())"
)


def folder_of(umask, *user, **environment):
    """The cache folder that a process with an umask finds."""
    usual = {"FASTAVG_CACHE_DIR": None, "NUMBA_CACHE_DIR": None, "XDG_CACHE_HOME": None,
             "PYTHONDONTWRITEBYTECODE": "1"}
    ended = python(ASK, umask, *user, **{**usual, **environment})
    assert ended.code == 0, ended.err
    return ended.out.strip()


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


as_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root becomes another user"
)
OTHER = 4711


@pytest.mark.parametrize("umask", ["0000", "0002", "0022", "0077", "0277"])
def test_any_umask(umask, tmp_path):
    first = folder_of(umask, FASTAVG_CACHE_DIR=str(tmp_path / "cache"))
    assert first.startswith(str(tmp_path / "cache" / "fastavg"))
    assert (mode(first), mode(os.path.dirname(first))) == (0o700, 0o700)
    assert folder_of("0002", FASTAVG_CACHE_DIR=str(tmp_path / "cache")) == first


def test_a_home_that_its_group_can_write_to(tmp_path):
    (tmp_path / "home" / ".cache").mkdir(parents=True)
    (tmp_path / "home").chmod(0o775)
    (tmp_path / "home" / ".cache").chmod(0o775)
    found = folder_of("0002", HOME=str(tmp_path / "home"))
    assert found.startswith(str(tmp_path / "home" / ".cache" / "fastavg"))


def test_a_folder_that_others_could_write_to_is_taken_back_empty(tmp_path):
    found = folder_of("0022", FASTAVG_CACHE_DIR=str(tmp_path))
    os.chmod(found, 0o775)
    planted = os.path.join(found, "planted.kernel")
    open(planted, "w").close()
    assert folder_of("0002", FASTAVG_CACHE_DIR=str(tmp_path)) == found
    assert mode(found) & 0o022 == 0
    assert not os.path.exists(planted)


@pytest.mark.parametrize("home", ["/no/such/home", "/dev/null", ""])
def test_a_home_that_cannot_be_written_to(home, tmp_path):
    (tmp_path / "temporary").mkdir()
    found = folder_of("0002", HOME=home, TMPDIR=str(tmp_path / "temporary"),
                      XDG_CACHE_HOME="/proc/self/cache" if not home else None)
    assert not os.path.exists("/no")
    assert found == str(tmp_path / "temporary" / f"fastavg-{os.getuid()}" / os.path.basename(found))
    assert mode(found) == 0o700


@pytest.fixture
def shared():
    """A folder where every user may make files, which pytest's own folders do not allow."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        os.chmod(name, 0o1777)
        yield Path(name)


@as_root
def test_the_cache_of_another_user(shared):
    # One shared place: each user has a folder of his own in it.
    ours = folder_of("0002", FASTAVG_CACHE_DIR=str(shared))
    theirs = folder_of("0002", OTHER, FASTAVG_CACHE_DIR=str(shared))
    assert ours.startswith(str(shared / "fastavg") + "/")
    assert theirs.startswith(str(shared / f"fastavg-{OTHER}") + "/")
    assert os.stat(theirs).st_uid == OTHER


@as_root
def test_what_another_user_has_planted_is_not_read(tmp_path):
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    ours = f"fastavg-{os.getuid()}"
    for place in (home / ".cache" / "fastavg", temporary / ours):
        place.mkdir(parents=True)
    for path in (home / ".cache", home / ".cache" / "fastavg", home, temporary / ours):
        os.chown(path, OTHER, OTHER)
    found = folder_of("0002", HOME=str(home), TMPDIR=str(temporary))
    assert found == "None"
    assert os.listdir(temporary / ours) == []
    assert os.listdir(home / ".cache") == ["fastavg"]


# Trains twice without and twice with what needs other kernels, where it compiles.
PROGRAM = """
import os
os.umask(0o002)
# With one processor no second process compiles, and this one runs what it has compiled itself.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
import hashlib, json
import numpy as np
from fastavg import Execution, Network, Plan, Regularization, train
from fastavg.kernels.network.train_steps import train_steps
from fastavg.kernels.warm_up import is_compiled

class Say:
    def on_event(self, event):
        found["events"].append(type(event).__name__)

def compiled():
    parts = (("float64", "training"), ("float64", "regular"), ("float64", "search"), ("float32",))
    return [is_compiled(*part) for part in parts]

found = {"events": [], "weights": [], "before": compiled()}
here = Execution(1, observers=[Say()], block_seconds=0)
random = np.random.default_rng(0)
X, weight = random.normal(size=(200, 4)), random.exponential(size=200)
for limits in (Regularization(), Regularization(dropout=0.2)):
    plan = Plan(workers=2, epochs=2, batch_size=50, dtype="float64", regularization=limits)
    for _ in range(2):
        model = train(
            Network((4, 3, 2)), X, X[:, 0] > 0, plan, sample_weight=weight, execution=here
        )
        found["weights"].append(hashlib.sha256(model.weights.tobytes()).hexdigest())
stats = train_steps.stats
found["after"] = compiled()
found["hits"] = sum(stats.cache_hits.values())
found["misses"] = sum(stats.cache_misses.values())
print(json.dumps(found))
"""
RUN = ["Started", "RoundFinished", "RoundFinished", "Finished"]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What the first and the second process find that train with an empty cache folder.

    Their umask is the usual one of Fedora and of Ubuntu's desktops.
    """
    folder, found = tmp_path_factory.mktemp("cache"), []
    for _ in range(2):
        ended = run(sys.executable, "-c", PROGRAM, seconds=250, FASTAVG_CACHE_DIR=str(folder))
        assert ended.code == 0, ended.err
        found.append(json.loads(ended.out))
    return found


@pytest.mark.timeout(600)
def test_the_second_process_compiles_nothing(both):
    first, second = both
    assert (first["hits"], first["misses"]) == (0, 1)
    assert (second["hits"], second["misses"]) == (1, 0)


@pytest.mark.timeout(600)
def test_the_parts_that_are_compiled_are_known_and_no_others(both):
    first, second = both
    assert first["before"] == [False, False, False, False]
    assert first["after"] == second["before"] == second["after"] == [True, True, False, False]


@pytest.mark.timeout(600)
def test_compiling_is_announced_once_for_each_part(both):
    first, second = both
    assert first["events"] == ["Compiling", *RUN, *RUN] * 2
    assert second["events"] == RUN * 4


@pytest.mark.timeout(600)
def test_a_process_that_compiles_has_the_bits_of_one_that_loads(both):
    first, second = both
    assert first["weights"] == second["weights"]
    plain, again, dropped, dropped_again = first["weights"]
    assert (plain, dropped) == (again, dropped_again)
    assert plain != dropped
