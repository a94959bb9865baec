"""What a Dask worker says of itself; fits are in test_cluster_estimators.py."""

from __future__ import annotations

import json

from fastavg.version import VERSION
from tests.communicators.mpiexec import PYTHON, finish, start_program

PROGRAM = """
import json
from distributed import Client
from fastavg import MLPClassifier
from fastavg.communicators import RunKey
from fastavg.dask.dask_engine import DaskEngine, report_of
from fastavg.engines.contract import Job

with Client(n_workers=1, threads_per_worker=1, processes=False, memory_limit="1GiB",
            dashboard_address=None) as client:
    (address,) = client.scheduler_info()["workers"]
    job = Job("a", RunKey.make(), MLPClassifier(), 1)
    report = client.run(report_of, job, {address: 0})[address]
    print(json.dumps([report.versions[0], report.limit, report.worker == address,
                      DaskEngine(client, []).slots(None)]))
"""


def test_a_report_names_the_worker_its_version_and_its_limit():
    ended = finish(start_program(PYTHON, "-W", "ignore", "-c", PROGRAM), 60)
    assert ended.code == 0, ended.err
    assert json.loads(ended.out) == [f"fastavg {VERSION}", 2**30, True, 1]
