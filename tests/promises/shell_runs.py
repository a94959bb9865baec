"""Recorded runs of ``fastavg train``, alone and under mpiexec."""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path

from tests.communicators.mpiexec import PYTHON, finish, launcher, start_program
from tests.promises import recorded_rows as rows
from tests.promises.recorded_run import ONE, RANKS, TEAM, Layout, Run

RUNS: dict[str, Run] = {}


def train_by_shell(options, layout):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows.write_files(folder)
        command = (
            PYTHON, "-m", "fastavg_cli", "train",
            *(option.replace("FOLDER", name) for option in options),
            "--processes", layout.processes, "--json", "--quiet",
        )
        if layout.ranks > 1:
            command = (launcher(), "-n", layout.ranks, *command)
        ended = finish(start_program(*command))
    if ended.code:
        raise RuntimeError(f"fastavg train ended with {ended.code}: {ended.err}{ended.out}")
    return json.loads(ended.out.splitlines()[-1])["weights_sha256"]


def by_shell(name, options, layouts=ONE):
    RUNS[f"shell {name}"] = Run(partial(train_by_shell, tuple(options.split())), layouts)


# Tables have a profile of their own by now; these were trained as plain networks.
CSV = "FOLDER/classes.csv --target target --preset shell"
NUMBERS = "FOLDER/numbers.csv --target target --preset shell"
NPZ, NPY = "FOLDER/digits.npz", "FOLDER/X.npy --target FOLDER/y.npy"
by_shell("defaults", "--workers 2 --epochs 1", TEAM)
by_shell("csv classes", f"{CSV} --workers 3 --epochs 3 --hidden 12 --scale standard")
by_shell("csv numbers", f"{NUMBERS} --workers 2 --epochs 3 --hidden 12 --loss huber")
by_shell("csv two layers", f"{CSV} --workers 2 --epochs 6 --batch-size 40 "
         "--test-size 0.1 --scale minmax --activation gelu,relu --hidden 9,7")
by_shell("npz sgd", f"{NPZ} --workers 4 --epochs 2 --hidden 16 --solver sgd "
         "--set solver.momentum=0.8 --schedule constant --average-every 0.5")
by_shell("npz cg", f"{NPZ} --workers 2 --epochs 4 --hidden 8 --solver cg --average-every 2 "
         "--sampling resample --set sampling.fraction=0.8 --dtype float64")
by_shell("npz line search", f"{NPZ} --workers 2 --epochs 1 --hidden 8 --solver sgd "
         "--learning-rate line-search")
by_shell("npy regular", f"{NPY} --workers 2 --epochs 2 --hidden 16,8 --dropout 0.2 "
         "--set regularization.input_dropout=0.1 --set regularization.l1=0.001 "
         "--set regularization.max_norm=2 --set regularization.clip_norm=1 --alpha 0.01")
by_shell("npy warmup", f"{NPY} --workers 3 --epochs 2 --hidden 16 --seed 7 "
         "--set solver.schedule.warmup=1 --schedule one_cycle --solver nadam "
         "--set init=glorot --test-size 0.2")
by_shell("npy hinge", f"{NPY} --workers 2 --epochs 2 --hidden 16 --loss hinge --activation tanh "
         "--solver adamw --learning-rate 0.01 --schedule plateau")
by_shell("paper", f"{NPZ} --preset paper --workers 2 --epochs 10")
by_shell("paper changed", f"{NPZ} --preset paper --workers 3 --epochs 4 --average-every 2 "
         "--hidden 12 --alpha 0.1 --set init=glorot")
by_shell("stratified skip", f"{NPZ} --workers 2 --epochs 2 --hidden 8 --sampling stratified "
         "--set sampling.fraction=0.5 --solver rmsprop --set on_divergence=skip --schedule step")
by_shell("ranks", f"{NPZ} --workers 4 --epochs 1 --hidden 16", RANKS)
by_shell("ranks slow momentum", f"{NPZ} --workers 5 --epochs 1 --hidden 16 --solver adagrad "
         "--averaging slow-momentum --dtype float64", (Layout(), Layout(2, 2), Layout(ranks=3)))
by_shell("ranks paper", f"{NPZ} --preset paper --workers 4 --epochs 10 "
         "--set data.read_by=root", (Layout(), Layout(ranks=3)))
