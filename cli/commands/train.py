"""``fastavg train``: from a data file to a model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from fastavg.communicators.mpi.launch import launched

Option = typer.Option


def train(
    context: typer.Context,
    data: Annotated[Path | None, typer.Argument(
        help="A file with named columns (.csv, .tsv, .parquet, .arrow, .jsonl), or with arrays "
        "X and y (.npz, .npy, .mat, .h5, IDX, svmlight); 5,000 digits if not given.",
    )] = None,
    target: Annotated[str | None, Option(
        help="What to predict: a column, an array, or a .npy file beside the one with X.",
    )] = None,
    preset: Annotated[str | None, Option(
        help="paper: the paper's network and training; other options change parts of it.",
    )] = None,
    workers: Annotated[int | None, Option(
        help="Replicas that are averaged; as many as usable CPUs if not given.",
    )] = None,
    processes: Annotated[int | None, Option(
        help="Processes that run them; never changes the result.",
    )] = None,
    hidden: Annotated[str, Option(help="Units of each hidden layer.")] = "256,128",
    activation: Annotated[str, Option(
        help="relu, tanh, logistic, identity, leaky_relu, elu, gelu, silu, softplus, lecun_tanh; "
        "one, or one for each hidden layer: gelu,relu.",
    )] = "relu",
    loss: Annotated[str | None, Option(
        help="squared_error, absolute_error, huber, quantile, log_cosh, poisson, gamma of numbers; "
        "cross_entropy, hinge, squared_hinge of classes.",
    )] = None,
    solver: Annotated[str, Option(
        help="adam, adamw, nadam, rmsprop, adagrad, sgd or cg.",
    )] = "adam",
    learning_rate: Annotated[str | None, Option(
        help="A number, or line-search for sgd; chosen by solver and workers if not given.",
    )] = None,
    schedule: Annotated[str, Option(
        help="cosine, constant, invscaling, step, one_cycle, plateau or adaptive.",
    )] = "cosine",
    warmup: Annotated[float, Option(help="Local epochs in which the rate rises first.")] = 0,
    momentum: Annotated[float, Option(help="Of sgd.")] = 0.9,
    alpha: Annotated[float, Option("--alpha", "--l2", help="L2 penalty on weights.")] = 1e-4,
    l1: Annotated[float, Option(help="L1 penalty on weights.")] = 0,
    dropout: Annotated[float, Option(help="Part of the hidden outputs a step leaves out.")] = 0,
    input_dropout: Annotated[float, Option(help="Part of the inputs a step leaves out.")] = 0,
    max_norm: Annotated[float | None, Option(
        help="The largest norm of a unit's incoming weights.",
    )] = None,
    clip_norm: Annotated[float | None, Option(help="The largest norm of a gradient.")] = None,
    batch_size: Annotated[int | None, Option(
        help="Rows of a worker's step; 8 to 32 by the number of rows if not given.",
    )] = None,
    epochs: Annotated[float, Option(help="Local epochs.")] = 20,
    average_every: Annotated[float, Option(help="Local epochs between averages.")] = 0.25,
    averaging: Annotated[str, Option(help="mean or slow-momentum.")] = "mean",
    communicator: Annotated[str, Option(
        help="What connects ranks: local, mpi; auto: mpi under mpiexec or srun.",
    )] = "auto",
    reduction: Annotated[str, Option(
        help="The mean between ranks: exact: the same bits for any number of them; fast.",
    )] = "exact",
    data_from: Annotated[str, Option(
        help="Who reads the file: each rank, or root, which sends it to the others.",
    )] = "each",
    sampling: Annotated[str, Option(
        help="shards: workers share the rows out; resample: each draws its own; "
        "stratified: likewise, every class in its share.",
    )] = "shards",
    fraction: Annotated[float, Option(help="Part of the rows that a worker draws.")] = 1.0,
    scale: Annotated[str, Option(
        help="Features: standard, minmax, none; auto: standard unless all lie in [-1, 1].",
    )] = "auto",
    kind: Annotated[str, Option(
        help="What to predict: class, number; auto: class if all targets are whole numbers.",
    )] = "auto",
    init: Annotated[str, Option(help="glorot, he, lecun or 'uniform(a, b)'.")] = "he",
    dtype: Annotated[str, Option(help="float32 or float64.")] = "float32",
    seed: Annotated[int, Option(help="The same seed gives the same weights.")] = 0,
    test_size: Annotated[float, Option(help="Part of the rows kept for testing.")] = 0.3,
    output: Annotated[Path | None, Option(help="Where to write the model (.safetensors).")] = None,
    checkpoint: Annotated[Path | None, Option(
        help="Where to keep the latest complete round, to resume from.",
    )] = None,
    checkpoint_every: Annotated[str, Option(help="Rounds (10) or seconds (60s).")] = "60s",
    resume: Annotated[str | None, Option(
        help="A checkpoint to go on from; auto: the one of --checkpoint, if it is there.",
    )] = None,
    on_divergence: Annotated[str, Option(
        help="stop, or skip the worker whose weights are no longer finite.",
    )] = "stop",
    json: Annotated[bool, Option("--json", help="JSON lines on standard output.")] = False,
    quiet: Annotated[bool, Option("--quiet", help="No progress.")] = False,
    debug: Annotated[bool, Option("--debug", help="Show where an error arose.")] = False,
) -> None:
    """Train a network and test it on rows it has not seen."""
    if preset is None:
        start_early(workers, processes, dtype)
    from fastavg import Execution

    from .presets import with_preset
    from .settings import Settings
    from .training import run

    run(
        with_preset(preset, context, Settings(
            workers=workers, processes=processes, hidden=hidden, activation=activation,
            loss=loss, solver=solver, learning_rate=learning_rate, schedule=schedule,
            warmup=warmup, momentum=momentum, l1=l1, dropout=dropout,
            input_dropout=input_dropout, max_norm=max_norm, clip_norm=clip_norm,
            alpha=alpha, batch_size=batch_size, epochs=epochs, average_every=average_every,
            averaging=averaging, reduction=reduction, sampling=sampling,
            fraction=fraction, scale=scale, kind=kind,
            init=init, dtype=dtype, seed=seed, test_size=test_size,
            on_divergence=on_divergence,
        )),
        data, target, output, json, quiet, communicator, data_from,
        Execution(processes, None, checkpoint, checkpoint_every, resume),
    )


def start_early(workers: int | None, processes: int | None, dtype: str) -> None:
    """Let the process that starts others load its kernels while this one loads its own."""
    # Ranks share a host's CPUs; how many are this one's is not known yet.
    if not hasattr(os, "sched_getaffinity") or launched():
        return
    if min(workers or 2, processes or len(os.sched_getaffinity(0))) < 2:
        return
    from fastavg.kernels.jit.cache_folder import is_compiled

    if dtype in ("float32", "float64") and is_compiled(dtype):
        from fastavg.training.team.launcher import prepare_launcher

        prepare_launcher(dtype)
