"""Fitted estimators to scikit-learn's own MLP and back."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from sklearn import neural_network
from sklearn.base import BaseEstimator, is_classifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from fastavg.errors import ConfigError
from fastavg.estimators.base import MLPBase
from fastavg.estimators.classifier import MLPClassifier
from fastavg.estimators.committee_fit import check_single
from fastavg.estimators.regressor import MLPRegressor
from fastavg.models.model import Model
from fastavg.networks.network import Network

THEIRS = {"identity", "logistic", "tanh", "relu"}
OUTPUTS = {"softmax": "softmax", "logistic": "logistic", "identity": "identity",
           "exponential": "exp"}
CURVES = ("loss_curve_", "loss_", "best_loss_", "validation_scores_", "best_validation_score_",
          "n_iter_", "t_", "n_features_in_", "feature_names_in_")


def to_sklearn(estimator: MLPBase) -> Any:
    """A fitted ``sklearn.neural_network`` estimator with the same weights.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Fitted.

    Raises
    ------
    ConfigError
        If scikit-learn's MLP has no such network, or there are several.

    Examples
    --------
    >>> from fastavg import MLPRegressor
    >>> X = np.linspace(0, 1, 20)[:, None]
    >>> ours = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", random_state=0).fit(X, X[:, 0])
    >>> bool(np.allclose(to_sklearn(ours).predict(X), ours.predict(X), atol=1e-6))
    True
    """
    check_is_fitted(estimator)
    check_single(estimator, "scikit-learn's MLP")
    network = estimator.model_.network
    activations = set(network.activations[:-1]) or {"relu"}
    if len(activations) > 1 or not activations <= THEIRS:
        raise ConfigError(
            f"activations {list(network.activations[:-1])} have no place in scikit-learn's MLP; "
            f"it takes one of {', '.join(sorted(THEIRS))} for all hidden layers"
        )
    classifies = is_classifier(estimator)
    expected = ("softmax", "logistic") if classifies else ("identity", "exponential")
    several = network.output == "logistic" and network.layer_sizes[-1] > 1
    if network.output not in expected or (several and estimator.model_.classes is not None):
        raise ConfigError(
            f"output {network.output} with {network.layer_sizes[-1]} units has no place in "
            "scikit-learn's MLP"
        )
    kind = neural_network.MLPClassifier if classifies else neural_network.MLPRegressor
    made = kind(**_parameters(estimator, kind, str(activations.pop()), network))
    for name in CURVES:
        if hasattr(estimator, name):
            setattr(made, name, getattr(estimator, name))
    made.coefs_ = [matrix.copy() for matrix in estimator.coefs_]
    made.intercepts_ = [biases.copy() for biases in estimator.intercepts_]
    made.n_layers_, made.n_outputs_ = estimator.n_layers_, estimator.n_outputs_
    made.out_activation_ = OUTPUTS[network.output]
    made._no_improvement_count = 0
    if classifies:
        made.classes_ = estimator.classes_
        labels = estimator.classes_
        if estimator.model_.classes is None:
            labels = np.eye(len(labels), dtype=int)
        made._label_binarizer = LabelBinarizer().fit(labels)
    return made


def from_sklearn(estimator: BaseEstimator) -> MLPBase:
    """A fitted estimator of ours from scikit-learn's MLP.

    Parameters
    ----------
    estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
        Fitted.

    Raises
    ------
    ConfigError
        If it is another estimator, or was fitted to a single class.

    Examples
    --------
    >>> X = np.linspace(0, 1, 20)[:, None]
    >>> theirs = neural_network.MLPRegressor(solver="lbfgs", random_state=0).fit(X, X[:, 0])
    >>> bool(np.allclose(from_sklearn(theirs).predict(X), theirs.predict(X)))
    True
    """
    theirs: Any = (neural_network.MLPClassifier, neural_network.MLPRegressor)
    if not isinstance(estimator, theirs):
        raise ConfigError(
            f"{type(estimator).__name__} is no MLPClassifier or MLPRegressor of scikit-learn"
        )
    check_is_fitted(estimator)
    kind: Any = MLPClassifier if is_classifier(estimator) else MLPRegressor
    known = inspect.signature(kind.__init__).parameters
    given = {
        name: value for name, value in estimator.get_params(deep=False).items() if name in known
    }
    if given.get("loss") == "squared_error":
        del given["loss"]
    made: MLPBase = kind(**given)
    back = {theirs: ours for ours, theirs in OUTPUTS.items()}
    first = estimator.coefs_[0]
    sizes = (first.shape[0], *(matrix.shape[1] for matrix in estimator.coefs_))
    network = Network(sizes, estimator.activation, back[estimator.out_activation_])
    weights = np.concatenate([
        np.append(matrix.ravel(), biases)
        for matrix, biases in zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ]).astype(first.dtype)
    for name in CURVES:
        if hasattr(estimator, name):
            setattr(made, name, getattr(estimator, name))
    if isinstance(made, MLPClassifier):
        if estimator._label_binarizer.y_type_.startswith("multilabel"):
            made.classes_, made._classes_of_model = estimator.classes_, None
        else:
            made._learn_classes(estimator.classes_)
    made._keep(network, weights)
    assert isinstance(made.model_, Model)
    return made


def _parameters(
    estimator: BaseEstimator, kind: Any, activation: str, network: Network
) -> dict[str, Any]:
    known = inspect.signature(kind.__init__).parameters
    given = {
        name: value for name, value in estimator.get_params(deep=False).items() if name in known
    }
    given["activation"] = activation
    given["hidden_layer_sizes"] = network.layer_sizes[1:-1]
    if given.get("solver") not in ("lbfgs", "sgd", "adam"):
        given["solver"] = "adam"
    if given.get("learning_rate") not in ("constant", "invscaling", "adaptive"):
        given["learning_rate"] = "constant"
    if "loss" in given:
        given["loss"] = "poisson" if network.output == "exponential" else "squared_error"
    return given
