"""Calls of partial_fit in an open session: the bits of calls that open one each."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest

from fastavg import MLPClassifier, MLPRegressor
from fastavg.kernels.blas.openblas import private_openblas

pytestmark = pytest.mark.skipif(
    private_openblas() is None, reason="a session stays open with a BLAS of its own alone"
)
random = np.random.default_rng(0)
X = random.normal(size=(60, 4))
LABELS = np.digitize(X[:, 0], [-0.5, 0.5])
KINDS = {
    "classes": (MLPClassifier, LABELS), "two": (MLPClassifier, LABELS > 1),
    "words": (MLPClassifier, np.array(["a", "b", "c"])[LABELS]),
    "number": (MLPRegressor, X[:, 0]), "numbers": (MLPRegressor, X[:, :2]),
}


def made(kind, **more):
    estimator, y = KINDS[kind]
    return estimator(hidden_layer_sizes=(6,), random_state=0, **more), y


def stepped(kind, plain, size=3, rounds=12, **more):
    """Weights after a stream of calls; ``plain`` rows can be trained in an open session."""
    model, y = made(kind, **more)
    classes = {"classes": np.unique(y)} if isinstance(model, MLPClassifier) else {}
    for at in range(rounds):
        rows = slice(at * size % 48, at * size % 48 + size)
        # Weights of 1 change nothing, but their rows are checked in full.
        weights = None if plain else np.ones(size)
        model.partial_fit(X[rows], y[rows], sample_weight=weights, **(classes if not at else {}))
        assert ("_stream" in vars(model)) == (plain and at > 0)
    return model


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [
    {}, {"workers": 3}, {"solver": "sgd"}, {"averaging": "slow-momentum", "workers": 2},
    {"dropout": 0.5}, {"dtype": "float32"}, {"batch_size": 2},
])
def test_an_open_session_leaves_the_same_bits(kind, more):
    fast, slow = stepped(kind, True, **more), stepped(kind, False, **more)
    np.testing.assert_array_equal(fast.weights_, slow.weights_)
    np.testing.assert_allclose(fast.loss_curve_, slow.loss_curve_, rtol=1e-12)
    assert (fast.t_, fast.n_iter_) == (slow.t_, slow.n_iter_)
    np.testing.assert_array_equal(fast.predict(X), slow.predict(X))


@pytest.mark.parametrize("more", [{}, {"solver": "sgd"}, {"dropout": 0.5}, {"dtype": "float32"}])
def test_averages_within_a_call_leave_the_same_bits(more):
    more = {"workers": 2, "batch_size": 2, **more}
    fast, slow = (
        stepped("classes", plain, size=12, rounds=6, **more) for plain in (True, False)
    )
    # Six steps of a call, two averages.
    assert fast._store.state.rounds == slow._store.state.rounds == 12
    np.testing.assert_array_equal(fast.weights_, slow.weights_)
    np.testing.assert_allclose(fast.loss_curve_, slow.loss_curve_, rtol=1e-12)
    assert len(fast.loss_curve_) == 6


def test_calls_with_more_and_fewer_averages_follow_each_other():
    fast, y = made("classes", workers=3, batch_size=3)
    slow, _ = made("classes", workers=3, batch_size=3)
    averages = [(60, 5), (60, 5), (9, 1), (30, 3), (30, 3), (9, 1), (9, 1)]
    for calls, (size, each) in enumerate(averages, 1):
        fast.partial_fit(X[:size], y[:size], classes=[0, 1, 2])
        slow.partial_fit(X[:size], y[:size], np.ones(size), classes=[0, 1, 2])
        np.testing.assert_array_equal(fast.weights_, slow.weights_)
        assert fast._store.state.rounds == slow._store.state.rounds == calls * each
        assert len(fast.loss_curve_) == len(slow.loss_curve_) == calls


def test_calls_of_every_kind_follow_each_other():
    fast, y = made("classes")
    slow, _ = made("classes")
    fast.partial_fit(X[:3], y[:3], classes=[0, 1, 2])
    slow.partial_fit(X[:3], y[:3], np.ones(3), classes=[0, 1, 2])
    for rows, weights in ((slice(3), None), (slice(5), None), (slice(5), np.ones(5)),
                          (slice(5, 8), None), (slice(5, 8), None)):
        fast.partial_fit(X[rows], y[rows], weights)
        slow.partial_fit(X[rows], y[rows], np.ones(len(X[rows])))
        np.testing.assert_array_equal(fast.weights_, slow.weights_)


def test_a_change_of_a_parameter_counts_from_the_next_call():
    fast, slow = stepped("number", True), stepped("number", False)
    for model, weights in ((fast, None), (slow, np.ones(3))):
        model.set_params(learning_rate_init=0.1)
        model.partial_fit(X[:3], X[:3, 0], weights)
    np.testing.assert_array_equal(fast.weights_, slow.weights_)


def test_copies_go_on_by_themselves():
    model = stepped("number", True)
    others = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]
    for other in (model, *others):
        other.partial_fit(X[:3], X[:3, 0])
    for other in others:
        np.testing.assert_array_equal(other.weights_, model.weights_)


def test_weights_that_were_changed_by_hand_are_where_it_goes_on():
    model = stepped("number", True)
    model.coefs_[0][:] = 0
    model.partial_fit(X[:3], X[:3, 0])
    assert np.abs(model.coefs_[0]).max() < 0.01


@pytest.mark.parametrize(("rows", "y", "words"), [
    (np.full((3, 4), np.nan), LABELS[:3], "Input X contains NaN"),
    (X[:3, :2], LABELS[:3], "X has 2 features"),
    (X[:3], LABELS[:2], "inconsistent numbers of samples"),
    (X[:3], [0, 1, 7], r"`y` has classes not in `self.classes_`. `self.classes_` has \[0 1 2\]"),
    (X[:3], [0.5, 1, 2], "Unknown label type"),
])
def test_what_cannot_be_trained_on_is_refused_in_an_open_session_too(rows, y, words):
    model = stepped("classes", True)
    before = model.weights_
    with pytest.raises(ValueError, match=words):
        model.partial_fit(rows, y)
    assert model.weights_ is before
    model.partial_fit(X[:3], LABELS[:3])


def test_a_fit_in_between_ends_the_stream():
    model = stepped("number", True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.set_params(max_iter=2).fit(X, X[:, 0])
    assert "_stream" not in vars(model)
    again, _ = made("number", max_iter=2)
    np.testing.assert_array_equal(model.weights_, again.fit(X, X[:, 0]).weights_)


def test_changed_coefs_keep_the_factors_of_units():
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 4))
    model = MLPClassifier((6,), activation="parametric_relu", max_iter=3, warm_start=True)
    model.fit(X, X[:, 0] > 0)
    (*_, factors), _ = model.model_.network.parts(model.weights_.copy())
    assert factors.all()
    model.coefs_[0] *= 2
    started = model._current_weights(model.model_.network)
    (W, _, kept), _ = model.model_.network.parts(started)
    np.testing.assert_array_equal(kept, factors)
    np.testing.assert_array_equal(W, model.coefs_[0])
    model.fit(X, X[:, 0] > 0)
