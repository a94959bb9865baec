"""A fit on parts ends in the bits of a fit on all rows, on any number of ranks."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, DataError, MLPClassifier, MLPRegressor
from fastavg.data.parts.piece_parts import Piece, slices_of
from fastavg.estimators.part_fit import fit_on_parts
from tests.communicators.ranks import on_ranks

N, LENGTHS = 203, (60, 0, 90, 53)
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(N, 6))
# Classes of different sizes.
Y = np.digitize(X[:, 0] + 0.3 * GENERATOR.normal(size=N), [-1, 0.5])
WEIGHTS = GENERATOR.uniform(0.2, 3, N)
OPTIONS = {
    "hidden_layer_sizes": (5,), "workers": 5, "max_iter": 3, "random_state": 0, "batch_size": 20,
    "sampling": "partitions",
}
pytestmark = pytest.mark.filterwarnings("ignore")


def fitted(kind, size, y, weights=None, held=None, **options):
    ends = np.cumsum((0, *LENGTHS))

    def rank(ranks):
        pieces = []
        for number, start, stop in slices_of(LENGTHS, 5, ranks.rank, size):
            rows = slice(ends[number] + start, ends[number] + stop)
            pieces.append(Piece(*(
                None if each is None else each[rows] for each in (X, y, weights, held)
            )))
        model = kind(**{**OPTIONS, **options}).set_params(communicator=ranks)
        fit_on_parts(model, pieces, N, ranks)
        return model

    return on_ranks(size, rank)


CASES = {
    "classes": (MLPClassifier, Y, None, {}),
    "text": (MLPClassifier, np.array(["a", "bb", "c"])[Y], WEIGHTS, {"class_weight": "balanced"}),
    "weighed": (MLPClassifier, Y, None, {"class_weight": {2: 3.0}}),
    "binary": (MLPClassifier, Y > 0, WEIGHTS, {"alpha": 0.1}),
    "labels": (MLPClassifier, np.stack([Y > 0, Y > 1], 1).astype(int), None, {}),
    "number": (MLPRegressor, X[:, 1] * 2, WEIGHTS, {}),
    "numbers": (MLPRegressor, X[:, 1:3], None, {"dtype": "float32", "solver": "sgd"}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_bits_are_those_of_all_rows_in_one_array(name):
    kind, y, weights, options = CASES[name]
    local = kind(**{**OPTIONS, **options}).fit(X, y, sample_weight=weights)
    for size in (1, 2, 3):
        for model in fitted(kind, size, y, weights, **options):
            assert model.weights_.tobytes() == local.weights_.tobytes()
            assert model.loss_curve_ == local.loss_curve_
            assert model.predict(X).tolist() == local.predict(X).tolist()
            assert model.n_features_in_ == 6
            if kind is MLPClassifier:
                assert model.classes_.tolist() == local.classes_.tolist()


@pytest.mark.parametrize("held", [None, np.arange(N) % 4 == 0], ids=["drawn", "chosen"])
@pytest.mark.parametrize("name", ["text", "number"])
def test_early_stopping_is_the_same_on_any_number_of_ranks(name, held):
    kind, y, weights, options = CASES[name]
    options = {**options, "early_stopping": True, "max_iter": 12, "n_iter_no_change": 3}
    found = [fitted(kind, size, y, weights, held, **options)[-1] for size in (1, 3)]
    assert found[0].weights_.tobytes() == found[1].weights_.tobytes()
    assert found[0].validation_scores_ == found[1].validation_scores_
    assert found[0].best_validation_score_ == max(found[0].validation_scores_)
    # The rows that are held out train nothing.
    others = fitted(kind, 1, y, weights, **{**options, "early_stopping": False})[0]
    assert others.weights_.tobytes() != found[0].weights_.tobytes()


@pytest.mark.parametrize(("options", "said"), [
    ({"n_members": 2}, "n_members is 2, which needs all rows at one place"),
    ({"solver": "lbfgs"}, "solver is 'lbfgs', which needs"),
    ({"early_stopping": True, "scoring": "f1_macro"}, "scoring is 'f1_macro', which needs"),
    ({"sampling": "shards"}, "sampling is shards, and the rows lie in parts"),
])
def test_what_needs_all_rows_is_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        fitted(MLPClassifier, 2, Y, **options)


@pytest.mark.parametrize(("y", "weights", "held", "said"), [
    (X[:, 0], None, None, "Unknown label type: continuous"),
    (np.where(Y == 1, np.nan, Y), None, None, "y holds nan in row"),
    (Y, np.zeros(N), None, "every sample_weight is 0"),
    (Y, -WEIGHTS, None, "weight"),
    (Y, None, np.arange(N) % 2 == 0, "validation_rows are given and early_stopping is False"),
])
def test_rows_that_cannot_be_used_are_refused_on_all_ranks(y, weights, held, said):
    with pytest.raises((ConfigError, DataError, ValueError), match=said):
        fitted(MLPClassifier, 2, y, weights, held)
