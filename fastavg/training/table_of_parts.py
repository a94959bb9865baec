"""The model of a table that was trained on in parts."""

from __future__ import annotations

import numpy as np

from fastavg.data.parts.encoded_parts import EncodedParts
from fastavg.data.parts.learnt import Learnt
from fastavg.data.preprocessing.target_scaling import TargetScaling
from fastavg.errors import ConfigError
from fastavg.models.model import Model
from fastavg.models.tabular_model import TabularModel


def table_model(model: Model, source: EncodedParts, learnt: Learnt) -> TabularModel:
    """A model that predicts from the columns of a table, in place of a network's inputs.

    Parameters
    ----------
    model : Model
        Trained on the inputs that the table's columns become; predicts in the targets' units.
    source : EncodedParts
        The table.
    learnt : Learnt
        What the rows of all ranks say of the targets.

    Raises
    ------
    ConfigError
        If the network has an output that models of tables have not.
    """
    wanted = "identity" if learnt.classes is None else "softmax"
    if model.network.output != wanted:
        raise ConfigError(
            f"output is {model.network.output}, and a table of words is predicted from by "
            f"{wanted}; leave it out"
        )
    scaling = None
    if learnt.target_scaling is not None:
        # The weights are those of the targets' own units already.
        known = learnt.target_scaling
        scaling = TargetScaling(
            np.zeros_like(known.mean), np.ones_like(known.spread), known.low, known.high
        )
    return TabularModel(
        model.network, model.weights[None], source.learnt.encoder, source.learnt.plan,
        learnt.classes, scaling, target_name=source.source.target,
    )
