"""The ready-made callbacks, with the real packages behind them."""

from __future__ import annotations

import csv
import struct

import numpy as np
import optuna
import pytest
from sklearn.datasets import load_iris
from tensorboardX.proto.event_pb2 import Event

import fastavg
from fastavg import ConfigError, MLPClassifier
from fastavg.estimators.callbacks.ready_made import (
    CSVLog,
    EarlyStop,
    MLflowLog,
    OptunaPruning,
    SaveBest,
    TensorBoardLog,
)

X, Y = load_iris(return_X_y=True)


def classifier(*callbacks, **more):
    return MLPClassifier(**{"hidden_layer_sizes": (9,), "max_iter": 6, "batch_size": 16,
                            "random_state": 0, "callbacks": callbacks, **more})


def test_a_line_for_every_epoch(tmp_path):
    model = classifier(CSVLog(tmp_path / "fit.csv"), early_stopping=True)
    for _ in range(2):
        model.fit(X, Y)
    with (tmp_path / "fit.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(1, 7))
    assert [float(row["loss"]) for row in rows] == model.loss_curve_
    assert [float(row["validation_score"]) for row in rows] == model.validation_scores_


def test_the_best_model_is_on_the_disk(tmp_path):
    rough = {"solver": "sgd", "learning_rate_init": 0.6, "max_iter": 15, "tol": 0}
    model = classifier(SaveBest(tmp_path / "best.safetensors"), restore_best=True, **rough)
    model.fit(X, Y)
    saved = fastavg.load(tmp_path / "best.safetensors")
    assert np.array_equal(saved.weights, model.weights_)
    assert np.argmin(model.loss_curve_) < 14


def test_an_early_stop_on_held_out_rows():
    stop = EarlyStop(patience=3, monitor="validation_loss")
    model = classifier(stop, early_stopping=True, n_iter_no_change=10**6, max_iter=2000,
                       solver="sgd", learning_rate_init=0.3).fit(X, Y)
    assert model.n_iter_ < 2000
    with pytest.raises(ConfigError, match="needs early_stopping=True"):
        classifier(EarlyStop(monitor="validation_loss")).fit(X, Y)
    with pytest.raises(ConfigError, match="'speed' is unknown"):
        classifier(EarlyStop(monitor="speed")).fit(X, Y)


def test_tensorboard_has_the_figures(tmp_path):
    log = TensorBoardLog(tmp_path)
    model = classifier(log).fit(X, Y)
    log.close()
    (path,) = tmp_path.glob("events.*")
    found, data = [], path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        event = Event.FromString(data[12 : 12 + length])
        found += [each.simple_value for each in event.summary.value if each.tag == "loss"]
        data = data[16 + length :]
    np.testing.assert_allclose(found, model.loss_curve_, rtol=1e-6)


def test_optuna_prunes():
    def objective(trial):
        rate = trial.suggest_categorical("rate", [0.05, 1e-6])
        model = classifier(OptunaPruning(trial), learning_rate_init=rate, early_stopping=True,
                           max_iter=20, n_iter_no_change=100)
        return model.fit(X, Y).score(X, Y)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.GridSampler({"rate": [0.05, 1e-6]}, seed=1),
        pruner=optuna.pruners.ThresholdPruner(lower=0.7, n_warmup_steps=15),
    )
    study.optimize(objective, n_trials=2)
    states = {trial.params["rate"]: trial.state.name for trial in study.trials}
    assert states == {0.05: "COMPLETE", 1e-6: "PRUNED"}


@pytest.mark.filterwarnings("ignore")
def test_mlflow_has_the_figures(tmp_path, monkeypatch):
    import mlflow

    # Its store in plain files is kept up, but has to be asked for.
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(f"file://{tmp_path}/runs")
    with mlflow.start_run() as run:
        model = classifier(MLflowLog()).fit(X, Y)
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [entry.value for entry in history] == pytest.approx(model.loss_curve_)
