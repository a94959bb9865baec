"""What both estimators do: what they keep after fit, and what decides the weights."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score

import fastavg
from fastavg import ConfigError, MLPClassifier

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]


def classifier(**more):
    return MLPClassifier(**{"hidden_layer_sizes": (9,), "max_iter": 40, "batch_size": 8,
                            "learning_rate_init": 0.01, "random_state": 0, **more})


def test_fitted_attributes():
    model = classifier(workers=2, average_every=0.5, n_iter_no_change=40).fit(X, NAMES)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert model.n_features_in_ == 4
    assert (model.n_layers_, model.n_outputs_, model.out_activation_) == (3, 3, "softmax")
    assert model.weights_.shape == (4 * 9 + 9 + 9 * 3 + 3,)
    assert [W.shape for W in model.coefs_] == [(4, 9), (9, 3)]
    assert [b.shape for b in model.intercepts_] == [(9,), (3,)]
    flat = np.concatenate([np.append(W, b) for W, b in zip(model.coefs_, model.intercepts_)])
    np.testing.assert_array_equal(flat, model.weights_)
    assert len(model.loss_curve_) == model.n_iter_ == 40
    assert model.loss_ == model.loss_curve_[-1]
    assert len(model.history_) == 80
    for array in (model.weights_, *model.coefs_, *model.intercepts_):
        assert array.base is None
    assert model.score(X, NAMES) > 0.95


def test_same_seed_same_bits_any_processes(nothing_left):
    fitted = [
        classifier(workers=3, processes=processes).fit(X, Y).weights_ for processes in (1, 2, None)
    ]
    assert np.array_equal(fitted[0], fitted[1])
    assert np.array_equal(fitted[0], fitted[2])
    assert not np.array_equal(classifier(workers=3, random_state=1).fit(X, Y).weights_, fitted[0])


def test_random_states():
    def weights(state):
        return classifier(random_state=state, max_iter=2).fit(X, Y).weights_

    assert np.array_equal(weights(np.random.RandomState(3)), weights(np.random.RandomState(3)))
    assert not np.array_equal(weights(None), weights(None))


def test_training_ends_when_the_loss_stands_still():
    model = classifier(max_iter=500, tol=1e-2, n_iter_no_change=3).fit(X, Y)
    assert model.n_iter_ < 200
    assert len(model.loss_curve_) == model.n_iter_
    assert classifier(max_iter=30, tol=0, n_iter_no_change=1000).fit(X, Y).n_iter_ == 30


def test_saved_and_loaded(tmp_path):
    model = classifier().fit(X, NAMES)
    model.save(tmp_path / "iris.safetensors")
    read = fastavg.load(tmp_path / "iris.safetensors")
    assert read.predict(X).tolist() == model.predict(X).tolist()


def test_clone_and_cross_validation():
    model = classifier(workers=2, processes=1)
    assert clone(model).get_params() == model.get_params()
    assert cross_val_score(model, X, NAMES, cv=3).min() > 0.9


@pytest.mark.parametrize(("more", "said"), [
    ({"solver": "magic"}, "'magic' is unknown"), ({"workers": 0}, "workers is 0"),
    ({"activation": "swish"}, "'swish' is unknown"), ({"averaging": "vote"}, "'vote' is unknown"),
    ({"sampling": "all"}, "'all' is unknown"), ({"dtype": "int8"}, "'int8' is unknown"),
    ({"workers": 151}, "151 workers cannot share 150"), ({"alpha": -1}, "alpha is -1"),
    ({"learning_rate": "fast"}, "'fast' is unknown"),
])
def test_parameters_that_cannot_be(more, said):
    with pytest.raises(ConfigError, match=said):
        classifier(**more).fit(X, Y)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_stand_where_scikit_learns_stand(name):
    from sklearn import neural_network

    theirs = inspect.signature(getattr(neural_network, name)).parameters
    ours = inspect.signature(getattr(fastavg, name)).parameters
    positional = [each for each in theirs if theirs[each].kind.name == "POSITIONAL_OR_KEYWORD"]
    assert list(ours)[: len(positional)] == positional
    assert theirs.keys() <= ours.keys()
    others = {each for each in theirs if theirs[each].default != ours[each].default}
    assert others == set()


def test_a_warm_start_goes_on():
    model = classifier(warm_start=True, max_iter=20, batch_size=16).fit(X, Y)
    first = model.loss_
    model.fit(X, Y)
    assert len(model.loss_curve_) == 40
    assert model.n_iter_ == 20
    assert model.loss_ < first


def test_sparse_rows_are_the_same_rows():
    dense, sparse = classifier().fit(X, Y), classifier().fit(csr_array(X), Y)
    assert np.array_equal(dense.weights_, sparse.weights_)
    np.testing.assert_array_equal(dense.predict_proba(X), sparse.predict_proba(csr_array(X)))


THIN = random_array((200, 300), density=0.03, random_state=0, format="csr")
SIGNS = (THIN @ np.random.default_rng(0).normal(size=300) > 0).astype(int)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_thin_rows_stay_sparse(form, solver):
    more = {"solver": solver, "max_iter": 3, "dtype": "float64"}
    rows = THIN.asformat(form)
    sparse = classifier(**more).fit(rows, SIGNS)
    dense = classifier(**more).fit(THIN.toarray(), SIGNS)
    np.testing.assert_allclose(sparse.weights_, dense.weights_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        sparse.predict_proba(rows), dense.predict_proba(THIN.toarray()), rtol=1e-4
    )
    assert sparse.loss_curve_ == pytest.approx(dense.loss_curve_, rel=1e-6)
    # Memory of a dense copy is never asked for: not one row is made dense.
    assert not np.array_equal(sparse.weights_, dense.weights_)


def test_thin_rows_are_held_out_and_gone_on_with():
    model = classifier(early_stopping=True, max_iter=4, n_iter_no_change=9).fit(THIN, SIGNS)
    assert len(model.validation_scores_) == 4
    assert model.score(THIN, SIGNS) == np.mean(model.predict(THIN.toarray()) == SIGNS)
    onward = classifier(max_iter=4)
    for _ in range(3):
        onward.partial_fit(THIN, SIGNS, classes=[0, 1])
    whole = classifier(max_iter=4)
    for _ in range(3):
        whole.partial_fit(THIN.toarray(), SIGNS, classes=[0, 1])
    np.testing.assert_allclose(onward.weights_, whole.weights_, rtol=1e-3, atol=1e-5)


def test_the_best_epoch_by_the_loss():
    rough = {"learning_rate_init": 0.5, "solver": "sgd", "max_iter": 25, "tol": 0,
             "n_iter_no_change": 100}
    model = classifier(restore_best=True, **rough).fit(X, Y)
    last = classifier(**rough).fit(X, Y)
    assert model.loss_curve_ == last.loss_curve_
    best = int(np.argmin(model.loss_curve_))
    assert best < 24
    shorter = classifier(**(rough | {"max_iter": best + 1})).fit(X, Y)
    assert np.array_equal(model.weights_, shorter.weights_)
