"""A committee: several networks with the same layers, whose predictions are averaged.

Networks that were trained from other first weights make other mistakes, and their mean makes
fewer (Hansen and Salamon 1990; Ciresan, Meier, Gambardella and Schmidhuber 2011).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.scaling import Scaling
from fastavg.errors import ConfigError
from fastavg.models.model import Model
from fastavg.models.model_file import ModelParts, write_model
from fastavg.models.network_answers import NetworkAnswers
from fastavg.networks.network import Network


@dataclass(frozen=True, eq=False)
class Committee(NetworkAnswers):
    """Trained networks whose predictions are averaged.

    Probabilities of classes and labels are the mean of the networks'; numbers and margins
    likewise.  :meth:`decision` gives the values of a last layer that would stand for them.

    Parameters
    ----------
    network : Network
        Layer sizes, activations and output, the same for all.
    members : array (n_members, n_weights) of float32 or float64
        The weights of each.
    classes : array (n_classes,), optional
        The label of each output unit, or of 0 and 1 if there is one unit.
    feature_names : tuple of str, optional
        The columns of X.
    scaling : Scaling, optional
        Applied to X before the networks.

    Raises
    ------
    ConfigError
        If the parts do not fit each other.

    Examples
    --------
    >>> members = np.array([[1, 0, 0, 1, 0, 0], [3, 0, 0, 3, 0, 0]], "f4")
    >>> Committee(Network((2, 2)), members, np.array(["a", "b"])).predict([[3, 1], [0, 2]])
    array(['a', 'b'], dtype='<U1')
    """

    network: Network
    members: NDArray[np.floating]
    classes: NDArray[Any] | None = None
    feature_names: tuple[str, ...] | None = None
    scaling: Scaling | None = None
    models: tuple[Model, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.members.ndim != 2 or not len(self.members):
            raise ConfigError(f"members have shape {self.members.shape}; a row for each is needed")
        object.__setattr__(self, "models", tuple(
            Model(self.network, weights, self.classes, self.feature_names, self.scaling)
            for weights in self.members
        ))

    @property
    def weights(self) -> NDArray[np.floating]:
        """The weights of all members, one row each."""
        return self.members

    def save(self, path: str | Path) -> None:
        """Write the committee to one ``.safetensors`` file, whole or not at all.

        Parameters
        ----------
        path : str or path
            The file; an existing one is replaced in one step.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        write_model(ModelParts(
            self.network, self.members, self.classes, self.feature_names, self.scaling
        ), path)

    def _forward(self, X: Any, output: str) -> NDArray[np.floating]:
        own = self.network.output
        total = self.models[0]._forward(X, own).astype(np.float64)
        for model in self.models[1:]:
            total += model._forward(X, own)
        mean = total / len(self.models)
        if output != own:
            mean = _inverse(own, mean)
        found: NDArray[np.floating] = mean.astype(self.members.dtype)
        return found


def _inverse(output: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last layer's values that an output function makes these of."""
    least = np.finfo(np.float64).tiny
    if output in ("softmax", "exponential"):
        return np.asarray(np.log(np.maximum(values, least)))
    if output == "logistic":
        return np.asarray(np.log(np.maximum(values, least) / np.maximum(1 - values, least)))
    return values


def committee_of(models: list[Model]) -> Committee:
    """A committee of models with the same layers, classes, names and scaling.

    Parameters
    ----------
    models : list of Model
        One or more.

    Raises
    ------
    ConfigError
        If their networks differ.

    Examples
    --------
    >>> model = Model(Network((2, 2)), np.zeros(6, "f4"), np.array(["a", "b"]))
    >>> committee_of([model, model]).members.shape
    (2, 6)
    """
    first = models[0]
    if any(model.network != first.network for model in models):
        raise ConfigError("the networks of a committee have the same layers, and these differ")
    members = np.stack([model.weights for model in models])
    return Committee(first.network, members, first.classes, first.feature_names, first.scaling)


def only_network(model: Model | Committee, purpose: str) -> Model:
    """The model itself, where a committee cannot be used.

    Parameters
    ----------
    model : Model or Committee
        A trained model.
    purpose : str
        What it is wanted for, for the message.

    Raises
    ------
    ConfigError
        If it is a committee of several networks.
    """
    if isinstance(model, Model):
        return model
    if len(model.models) > 1:
        raise ConfigError(
            f"the model is a committee of {len(model.models)} networks; {purpose} takes a single "
            "one, such as one of its models"
        )
    return replace(model.models[0])
