"""The constructor that both estimators share: scikit-learn's parameters, then ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sklearn.base import BaseEstimator

from fastavg.losses import Loss
from fastavg.networks.custom import CustomActivation
from fastavg.solvers import Schedule, Solver


class Parameters(BaseEstimator):  # type: ignore[misc]
    """Keeps every parameter under its own name, unchanged, as scikit-learn asks."""

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | CustomActivation | Sequence[str | CustomActivation] = "relu",
        *,
        solver: str | Solver = "adam",
        alpha: float = 1e-4,
        batch_size: int | str = "auto",
        learning_rate: str | Schedule = "constant",
        learning_rate_init: float = 1e-3,
        power_t: float = 0.5,
        max_iter: int = 200,
        loss: str | Loss = "auto",
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        label_smoothing: float = 0.0,
        warmup: float = 0.0,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        l1: float = 0.0,
        max_norm: float | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        class_weight: Any = None,
        scoring: Any = None,
        restore_best: bool | str = "auto",
        max_seconds: float | None = None,
        callbacks: Sequence[Callable[..., Any]] = (),
        workers: int = 1,
        processes: int | None = None,
        average_every: float = 1.0,
        averaging: Any = "mean",
        sampling: str = "shards",
        dtype: str = "auto",
        products: str = "float32",
        communicator: Any = None,
        reduction: str = "exact",
        preset: str | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.loss = loss
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.label_smoothing = label_smoothing
        self.warmup = warmup
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.l1 = l1
        self.max_norm = max_norm
        self.clip_norm = clip_norm
        self.clip_value = clip_value
        self.class_weight = class_weight
        self.scoring = scoring
        self.restore_best = restore_best
        self.max_seconds = max_seconds
        self.callbacks = callbacks
        self.workers = workers
        self.processes = processes
        self.average_every = average_every
        self.averaging = averaging
        self.sampling = sampling
        self.dtype = dtype
        self.products = products
        self.communicator = communicator
        self.reduction = reduction
        self.preset = preset
