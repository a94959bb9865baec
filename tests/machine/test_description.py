"""What a result was computed with, in plain values."""

from __future__ import annotations

import json

import numpy as np

import fastavg
from fastavg.machine.description import description, processor_flags, processor_name, versions


def test_versions_are_those_of_the_libraries():
    found = versions()
    assert (found["fastavg"], found["numpy"]) == (fastavg.__version__, np.__version__)


def test_flags_are_words():
    assert all(each.strip() == each != "" for each in processor_flags())


def test_it_is_plain():
    found = description()
    assert json.loads(json.dumps(found)) == found
    assert found["processor"] == processor_name() != ""
    assert found["usable_cpus"] >= 1
